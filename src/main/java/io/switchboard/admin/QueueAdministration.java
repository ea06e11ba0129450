package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.failure.Causes;
import io.switchboard.failure.StoreException;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Acts on queues and exchanges, of which failures say so. Any thread. */
@Singleton
final class QueueAdministration {
    private final Administration administration;

    QueueAdministration(Administration administration) {
        this.administration = requireNonNull(administration, "administration");
    }

    /** See {@link Administration#perform}. */
    <T> Uni<T> perform(String authorization, Supplier<Act<T>> prepare) {
        return administration.perform(authorization, () -> {
            Act<T> act = prepare.get();
            return new Act<>(
                    act.name(), act.target(), () -> act.work().get().exceptionallyCompose(QueueAdministration::failed));
        });
    }

    private static <T> CompletionStage<T> failed(Throwable failure) {
        return CompletableFuture.failedFuture(
                Causes.of(failure) instanceof StoreException
                        ? new ProblemException(Problem.unavailable(
                                "queues cannot be read or written at the moment, or are too busy: try again"))
                        : failure);
    }

    /** A name in a path, as it is kept. */
    static String name(String encoded) {
        return PathText.decode(encoded, "name").toLowerCase(Locale.ROOT);
    }

    /** Whether it is asked for dead letters. */
    static boolean isDead(String text) {
        return switch (text) {
            case "true" -> true;
            case "", "false" -> false;
            default -> throw new ProblemException(Problem.badRequest("dead must be true or false"));
        };
    }

    /** A number to go on behind. */
    static long number(String text) {
        if (text.matches("[0-9]{1,18}")) {
            return Long.parseLong(text);
        }
        throw new ProblemException(Problem.badRequest("after must be the number of a message"));
    }

    static ProblemException unknownQueue() {
        return new ProblemException(new Problem(404, "Unknown queue", "there is no such queue, or not any more"));
    }

    static ProblemException unknownExchange() {
        return new ProblemException(new Problem(404, "Unknown exchange", "there is no such exchange, or not any more"));
    }
}
