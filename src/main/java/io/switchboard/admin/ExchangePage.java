package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.QueueStore.ExchangeFacts;
import java.util.List;
import java.util.Optional;

/**
 * Part of a list of exchanges.
 *
 * @param next what to ask for as {@code after} to get the next part; empty: this was the last
 */
public record ExchangePage(List<Entry> exchanges, Optional<String> next) {
    /**
     * An exchange.
     *
     * @param algorithm direct, fanout, topic or header
     * @param bindings queues that it sends to
     */
    public record Entry(String name, String algorithm, String owner, long bindings) {
        public Entry {
            requireNonNull(name, "name");
            requireNonNull(algorithm, "algorithm");
            requireNonNull(owner, "owner");
        }

        static Entry of(ExchangeFacts facts) {
            return new Entry(facts.name(), facts.algorithm().wireName(), facts.owner(), facts.bindings());
        }
    }

    public ExchangePage {
        exchanges = List.copyOf(exchanges);
        requireNonNull(next, "next");
    }

    /** @param found one more than the page holds, where there are more */
    static ExchangePage of(List<ExchangeFacts> found, int most) {
        List<Entry> entries = found.stream().limit(most).map(Entry::of).toList();
        return new ExchangePage(
                entries, found.size() > most ? Optional.of(entries.getLast().name()) : Optional.empty());
    }
}
