package io.switchboard.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Sending;
import io.switchboard.session.Correspondence;
import io.switchboard.session.Publishing.Publisher;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/** Sends what users write to each other, each message once. */
@Singleton
final class ClientLetters implements Correspondence {
    private static final Logger LOG = Logger.getLogger(ClientLetters.class);

    private static final long RETRY_MILLIS = 1000;

    private static final String QUEUED = "queued";

    /** Stands before the outcome of a letter that was sent on another way before. */
    private static final String REPEATED = "repeated";

    /** Nothing was kept: a retry may find room. */
    private static final class RefusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RefusedException() {
            super("refused", null, false, false);
        }
    }

    /** The key is another letter's, which was sent on another way. */
    private static final class MisusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MisusedException() {
            super("misused", null, false, false);
        }
    }

    private final Mailboxes mailboxes;
    private final Once once;
    private final Duration longest;
    private final Clock clock;

    ClientLetters(Mailboxes mailboxes, SwitchboardConfig config, Clock clock) {
        this.mailboxes = mailboxes;
        this.once = new Once(new IdempotencyWindow(
                config.ingress().idempotencyWindow(), config.ingress().idempotencyKeys(), Ticker.systemTicker()));
        this.longest = config.mailbox().timeToLive();
        this.clock = clock;
    }

    @Override
    public CompletionStage<Reply> send(Publisher sender, Command.Direct message) {
        CompletionStage<Reply> reply = switch (message.body()) {
            case Command.Direct.Body.Json json -> send(sender, message, json);
            case Command.Direct.Body.Binary binary -> {
                Letter letter =
                        letter(sender.username(), message, new String(binary.payload(), UTF_8), Optional.empty());
                yield mailboxes
                        .send(letter, Optional.of(binary.frame().apply(sender.username())))
                        .thenApply(sending -> reply(message.recipient(), remembered(sending), false));
            }
        };
        return reply.exceptionally(failure -> failed(message.recipient(), failure));
    }

    private CompletionStage<Reply> send(Publisher sender, Command.Direct message, Command.Direct.Body.Json json) {
        String recipient = message.recipient();
        Letter letter = letter(
                sender.username(),
                message,
                new String(json.payload(), UTF_8),
                json.metadata().map(bytes -> new String(bytes, UTF_8)));
        Once.Message known = new Once.Message(
                sender,
                "@" + recipient,
                message.id(),
                message.idempotencyKey(),
                Once.digest(
                        recipient.getBytes(UTF_8),
                        json.payload(),
                        json.metadata().orElse(new byte[0])));
        return once.run(
                known,
                () -> mailboxes
                        .send(letter, Optional.empty(), Once.postmark(known))
                        .thenApply(ClientLetters::remembered),
                new Once.Answers(
                        outcome -> reply(recipient, outcome, false), outcome -> reply(recipient, outcome, true)));
    }

    private Letter letter(String sender, Command.Direct message, String payload, Optional<String> metadata) {
        long now = clock.millis();
        Duration wanted = message.timeToLive().orElse(longest);
        Duration wait = wanted.compareTo(longest) < 0 ? wanted : longest;
        return new Letter(
                UUID.randomUUID(), message.recipient(), sender, now, now + wait.toMillis(), payload, metadata);
    }

    /** As it is remembered for a retry; what failed, or found no room, is not. */
    private static List<String> remembered(Sending sending) {
        return switch (sending) {
            case Sending.Delivered delivered ->
                delivered.connections().stream().map(UUID::toString).toList();
            case Sending.Queued _ -> List.of(QUEUED);
            case Sending.Refused _ -> throw new RefusedException();
            case Sending.Failed failed -> throw new StoreException(failed.reason());
            case Sending.Repeated repeated ->
                Stream.concat(Stream.of(REPEATED), remembered(repeated.first()).stream())
                        .toList();
            case Sending.Misused _ -> throw new MisusedException();
        };
    }

    private static Reply reply(String recipient, List<String> outcome, boolean duplicate) {
        if (outcome.getFirst().equals(REPEATED)) {
            return reply(recipient, outcome.subList(1, outcome.size()), true);
        }
        return outcome.getFirst().equals(QUEUED)
                ? new Reply.Away(recipient, true)
                : new Reply.Delivered(outcome.stream().map(UUID::fromString).toList(), duplicate);
    }

    private static Reply failed(String recipient, Throwable failure) {
        if (Causes.of(failure) instanceof RefusedException) {
            return new Reply.Away(recipient, false);
        }
        if (Causes.of(failure) instanceof MisusedException) {
            return Once.MISUSED;
        }
        if (Causes.of(failure) instanceof StoreException) {
            return new Reply.Failed(
                    503, "messages cannot be delivered at the moment, try again", "", OptionalLong.of(RETRY_MILLIS));
        }
        LOG.error("message not sent", Redacted.of(Causes.of(failure)));
        return new Reply.Failed(500, "the message was not accepted");
    }
}
