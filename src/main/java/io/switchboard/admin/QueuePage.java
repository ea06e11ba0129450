package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.QueueStore.QueueFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Part of a list of work queues.
 *
 * @param next what to ask for as {@code after} to get the next part; empty: this was the last
 */
public record QueuePage(List<Entry> queues, Optional<String> next) {
    /**
     * A work queue.
     *
     * @param temporary whether the server named it, and it goes when nobody uses it
     * @param messages that wait or that somebody has
     * @param bytes of these and the dead letters
     * @param consumers of this replica
     * @param oldestSentAt of the messages; empty: there are none
     */
    public record Entry(
            String name,
            String owner,
            boolean temporary,
            long messages,
            long bytes,
            long deadLetters,
            int consumers,
            Optional<Instant> oldestSentAt) {
        public Entry {
            requireNonNull(name, "name");
            requireNonNull(owner, "owner");
            requireNonNull(oldestSentAt, "oldestSentAt");
        }

        static Entry of(QueueFacts facts, int consumers) {
            return new Entry(
                    facts.name(),
                    facts.owner(),
                    facts.temporary(),
                    facts.messages(),
                    facts.bytes(),
                    facts.deadLetters(),
                    consumers,
                    facts.oldestSentAt().isPresent()
                            ? Optional.of(
                                    Instant.ofEpochMilli(facts.oldestSentAt().getAsLong()))
                            : Optional.empty());
        }
    }

    public QueuePage {
        queues = List.copyOf(queues);
        requireNonNull(next, "next");
    }

    /** @param found one more than the page holds, where there are more */
    static QueuePage of(List<QueueFacts> found, int most, ToIntFunction<String> consumers) {
        List<Entry> entries = found.stream()
                .limit(most)
                .map(facts -> Entry.of(facts, consumers.applyAsInt(facts.name())))
                .toList();
        return new QueuePage(
                entries, found.size() > most ? Optional.of(entries.getLast().name()) : Optional.empty());
    }
}
