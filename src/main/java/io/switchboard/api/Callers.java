package io.switchboard.api;

import io.smallrye.mutiny.Uni;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.SilentReplicaException;
import io.switchboard.http.BearerToken;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.session.Past;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Does something for the bearer of a token. Any thread, never blocks. */
@Singleton
final class Callers {
    private static final Logger LOG = Logger.getLogger(Callers.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TokenVerifier verifier;

    Callers(TokenVerifier verifier) {
        this.verifier = verifier;
    }

    /**
     * Verifies the token, and then does the work.
     *
     * @param authorization the header; null: there is none
     * @return the result, or a failure with {@link ProblemException}
     */
    <T> Uni<T> perform(String authorization, Function<Claims, CompletionStage<T>> work) {
        Optional<String> token = BearerToken.of(authorization);
        if (token.isEmpty()) {
            return Uni.createFrom().failure(new ProblemException(Problem.unauthorized("send a Bearer token")));
        }
        return Uni.createFrom()
                .completionStage(() -> verifier.verify(token.get())
                        .thenCompose(work)
                        .toCompletableFuture()
                        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
                .onFailure()
                .transform(Callers::problem);
    }

    private static ProblemException problem(Throwable failure) {
        Throwable cause = Causes.of(failure);
        return switch (cause) {
            case ProblemException known -> known;
            case TokenRejectedException rejected -> new ProblemException(Problem.of(rejected));
            case Past.BusyException busy -> new ProblemException(Problem.unavailable(busy.getMessage()));
            case SilentReplicaException silent -> new ProblemException(Problem.unavailable(silent.getMessage()));
            case TimeoutException _ -> new ProblemException(Problem.unavailable("it took too long, try again"));
            default -> {
                LOG.error("request failed", Redacted.of(cause));
                yield new ProblemException(new Problem(500, "Internal error", "try again"));
            }
        };
    }
}
