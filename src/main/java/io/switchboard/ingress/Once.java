package io.switchboard.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.Reply;
import io.switchboard.mailbox.Postmark;
import io.switchboard.session.Publishing.Publisher;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Carries out what a client sends once, however often it is sent. The id that a client gave a message counts within its
 * connection, and the one that it goes on from; an idempotency key counts for its user and whom or what the message is for.
 */
final class Once {
    /**
     * What tells messages apart.
     *
     * @param target whom or what it is for
     * @param digest of all that it says
     */
    record Message(Publisher publisher, String target, Optional<String> id, Optional<String> key, String digest) {}

    /** How an outcome is remembered, and what is answered. */
    record Answers(Function<List<String>, Reply> first, Function<List<String>, Reply> duplicate) {}

    /** The answer to whoever uses a key for another message. */
    static final Reply MISUSED =
            new Reply.Failed(400, "the idempotency key was used for another message; use a new one for a new message");

    private final IdempotencyWindow window;

    Once(IdempotencyWindow window) {
        this.window = requireNonNull(window, "window");
    }

    /**
     * Carries it out, unless that was done.
     *
     * @param act what is to be done once; a failure is not remembered
     * @return the answer, or the failure
     */
    CompletionStage<Reply> run(Message message, Supplier<CompletionStage<List<String>>> act, Answers answers) {
        List<IdempotencyKey> keys = keys(message);
        return keys.isEmpty()
                ? act.get().thenApply(answers.first())
                : run(keys, isStrict(message), message.digest(), act, answers);
    }

    /** By what somebody else knows the message again; empty: each time it is sent it is another one. */
    static Optional<Postmark> postmark(Message message) {
        List<IdempotencyKey> keys = keys(message);
        return keys.isEmpty()
                ? Optional.empty()
                : Optional.of(new Postmark(
                        keys.stream()
                                .map(key -> digest(
                                        key.publisher().getBytes(UTF_8),
                                        key.topic().getBytes(UTF_8),
                                        key.value().getBytes(UTF_8)))
                                .toList(),
                        isStrict(message),
                        message.digest()));
    }

    private static boolean isStrict(Message message) {
        return message.key().isPresent();
    }

    private static List<IdempotencyKey> keys(Message message) {
        Publisher publisher = message.publisher();
        if (message.key().isPresent()) {
            return List.of(new IdempotencyKey(
                    "user " + publisher.username(),
                    message.target(),
                    IdempotencyKey.Kind.MESSAGE,
                    message.key().get()));
        }
        if (message.id().isPresent()) {
            String id = message.id().get();
            IdempotencyKey own = ofConnection(publisher, publisher.session(), id);
            return publisher
                    .former()
                    .map(former -> List.of(ofConnection(publisher, former, id), own))
                    .orElse(List.of(own));
        }
        return List.of();
    }

    /** Whoever names another user's connection has named none. */
    private static IdempotencyKey ofConnection(Publisher publisher, UUID session, String id) {
        return new IdempotencyKey(
                "session " + session + " of " + publisher.username(), "", IdempotencyKey.Kind.MESSAGE, id);
    }

    /**
     * @param keys the first that is known decides; all are taken otherwise
     * @param strict whether the same key must not be used for another message
     */
    private CompletionStage<Reply> run(
            List<IdempotencyKey> keys,
            boolean strict,
            String digest,
            Supplier<CompletionStage<List<String>>> act,
            Answers answers) {
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        IdempotencyWindow.Answer answer = new IdempotencyWindow.Answer(digest, done);
        for (IdempotencyKey key : keys) {
            Optional<IdempotencyWindow.Answer> before = window.claim(key, answer);
            if (before.isPresent() && before.get().digest().equals(digest)) {
                // what was claimed for it by another key is as good as the answer
                CompletableFuture<List<String>> _ = before.get().ids().whenComplete((ids, failure) -> {
                    if (failure == null) {
                        done.complete(ids);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
                return done.thenApply(answers.duplicate());
            }
            if (before.isPresent() && strict) {
                return CompletableFuture.completedFuture(MISUSED);
            }
            // An id that a client uses again for something else is no retry: nothing must be lost.
        }
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        CompletionStage<List<String>> _ = act.get().whenComplete((outcome, failure) -> {
            // answered before those who wait for the same
            if (failure == null) {
                reply.complete(answers.first().apply(outcome));
                done.complete(outcome);
            } else {
                reply.completeExceptionally(failure);
                done.completeExceptionally(failure);
            }
        });
        return reply;
    }

    /** Of several texts and byte arrays, told apart. */
    static String digest(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (byte[] part : parts) {
                digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.length));
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
