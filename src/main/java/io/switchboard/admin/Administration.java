package io.switchboard.admin;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.smallrye.mutiny.Uni;
import io.switchboard.auth.ApiTokenVerifier;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.SilentReplicaException;
import io.switchboard.failure.StoreException;
import io.switchboard.http.BearerToken;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.session.Withdrawals;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Who may administer, and the record of what they did: each act is a line in the log that says by whom and on what. Any
 * thread, never blocks.
 */
@Singleton
final class Administration {
    private static final Logger LOG = Logger.getLogger(Administration.class);

    /** How long an act may take to reach every session. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Longest text in the log, in characters. */
    private static final int LOGGED = 256;

    private final ApiTokenVerifier verifier;
    private final String role;

    Administration(ApiTokenVerifier verifier, SwitchboardConfig config) {
        this.verifier = verifier;
        this.role = config.auth().adminRole();
    }

    /**
     * An act.
     *
     * @param name for the log
     * @param target what it is done to, for the log
     * @param work does it
     */
    record Act<T>(String name, String target, Supplier<CompletionStage<T>> work) {}

    /**
     * Does something for the bearer of a token.
     *
     * @param authorization the header; null: there is none
     * @param prepare reads the request, only when the token allows the act
     * @return the result, or a failure with {@link ProblemException}
     */
    <T> Uni<T> perform(String authorization, Supplier<Act<T>> prepare) {
        Optional<String> token = BearerToken.of(authorization);
        if (token.isEmpty()) {
            return Uni.createFrom().failure(new ProblemException(Problem.unauthorized("send a Bearer token")));
        }
        return Uni.createFrom()
                .completionStage(() -> verifier.verify(token.get()).thenCompose(claims -> perform(claims, prepare)))
                .onFailure()
                .transform(Administration::problem);
    }

    private <T> CompletionStage<T> perform(Claims claims, Supplier<Act<T>> prepare) {
        String by = quoted(claims.username());
        if (!claims.roles().contains(role)) {
            LOG.infof("administration refused by=%s", by);
            throw new ProblemException(Problem.forbidden("the token needs the role of administrators"));
        }
        Act<T> act = prepare.get();
        return act.work()
                .get()
                .toCompletableFuture()
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(problem(failure)))
                .whenComplete((_, failure) -> LOG.infof(
                        "administration act=%s by=%s on=%s status=%d",
                        act.name(),
                        by,
                        quoted(act.target()),
                        failure == null ? 200 : problem(failure).problem().status()));
    }

    /** Whatever a name holds, it stays inside its quotes and on its line. */
    private static String quoted(String text) {
        String cut = text.length() <= LOGGED ? text : text.substring(0, LOGGED) + "…";
        return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(cut)) + '"';
    }

    private static ProblemException problem(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case ProblemException known -> known;
            case TokenRejectedException rejected -> new ProblemException(Problem.of(rejected));
            case StoreException store -> new ProblemException(Problem.unavailable(store.getMessage()));
            case SilentReplicaException silent -> new ProblemException(Problem.unavailable(silent.getMessage()));
            case Withdrawals.FullException full -> new ProblemException(Problem.unavailable(full.getMessage()));
            case TimeoutException _ ->
                new ProblemException(Problem.unavailable("not every session was reached in time; what was asked for is"
                        + " remembered, and to ask again does no harm"));
            default -> {
                LOG.error("administration failed", Redacted.of(cause));
                yield new ProblemException(
                        new Problem(500, "Internal error", "the act may not be complete, try again"));
            }
        };
    }
}
