package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.QueueStore.MessageFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Part of what waits in a work queue, without what it says.
 *
 * @param next what to ask for as {@code after} to get the next part; empty: this was the last
 */
public record QueuedPage(List<Entry> messages, Optional<Long> next) {
    /**
     * A message without its data. What is not set is empty.
     *
     * @param attempts how often it was given to somebody and came back
     * @param bytes what it counts against the bounds
     */
    public record Entry(
            long number,
            UUID id,
            String sender,
            Instant sentAt,
            Instant expiresAt,
            int attempts,
            String replyTo,
            String correlationId,
            String exchange,
            String routingKey,
            long bytes) {
        public Entry {
            requireNonNull(id, "id");
            requireNonNull(sender, "sender");
            requireNonNull(sentAt, "sentAt");
            requireNonNull(expiresAt, "expiresAt");
            requireNonNull(replyTo, "replyTo");
            requireNonNull(correlationId, "correlationId");
            requireNonNull(exchange, "exchange");
            requireNonNull(routingKey, "routingKey");
        }

        static Entry of(MessageFacts facts) {
            return new Entry(
                    facts.number(),
                    facts.id(),
                    facts.sender(),
                    Instant.ofEpochMilli(facts.sentAt()),
                    Instant.ofEpochMilli(facts.expiresAt()),
                    facts.returns(),
                    facts.replyTo(),
                    facts.correlationId(),
                    facts.exchange(),
                    facts.routingKey(),
                    facts.bytes());
        }

        /** Without what it is about. */
        @Override
        public String toString() {
            return "Entry[" + number + "]";
        }
    }

    public QueuedPage {
        messages = List.copyOf(messages);
        requireNonNull(next, "next");
    }

    /** @param found one more than the page holds, where there are more */
    static QueuedPage of(List<MessageFacts> found, int most) {
        List<Entry> entries = found.stream().limit(most).map(Entry::of).toList();
        return new QueuedPage(
                entries, found.size() > most ? Optional.of(entries.getLast().number()) : Optional.empty());
    }
}
