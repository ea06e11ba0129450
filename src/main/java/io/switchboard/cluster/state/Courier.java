package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Mailboxes.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Brings letters to a connection on whatever replica, in order. What got lost on the way is brought again, until it is taken or
 * the connection is gone. Its state is the loop's of the cluster.
 */
final class Courier implements Receiver {
    /** After which it is asked again what became of a letter: a slow client may take longer. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration RETRY = Duration.ofMillis(50);

    /** What the connection's replica answers. */
    sealed interface Answer {
        /** The socket was given it, or will not be. */
        record Taken(boolean given) implements Answer {}

        /** Something before it is missing, from that number on. */
        record Missing(long next) implements Answer {}
    }

    /** The way to the connection. */
    @FunctionalInterface
    interface Way {
        /** Completes on the loop of the cluster; a failure: nobody knows whether it arrived. */
        CompletionStage<Answer> carry(long number, long floor, Publication letter);
    }

    private static final class Parcel {
        private final Publication letter;
        private final CompletableFuture<Boolean> given = new CompletableFuture<>();
        private int attempts;

        private Parcel(Publication letter) {
            this.letter = letter;
        }
    }

    private final UUID session;
    private final boolean acknowledges;
    private final Loop loop;
    private final Way way;
    private final TreeMap<Long, Parcel> open = new TreeMap<>();
    private long next;
    private long again = Long.MAX_VALUE;
    private boolean ended;

    Courier(UUID session, boolean acknowledges, Loop loop, Way way) {
        this.session = requireNonNull(session, "session");
        this.acknowledges = acknowledges;
        this.loop = requireNonNull(loop, "loop");
        this.way = requireNonNull(way, "way");
    }

    @Override
    public UUID id() {
        return session;
    }

    @Override
    public boolean acknowledges() {
        return acknowledges;
    }

    @Override
    public CompletionStage<Boolean> hand(Publication letter) {
        Parcel parcel = new Parcel(letter);
        loop.execute(() -> {
            if (ended) {
                parcel.given.complete(false);
                return;
            }
            long number = next++;
            open.put(number, parcel);
            // what is brought again goes first
            if (number < again) {
                carry(number, parcel);
            }
        });
        return parcel.given;
    }

    /** The connection is gone. */
    void end() {
        ended = true;
        open.values().forEach(parcel -> parcel.given.complete(false));
        open.clear();
    }

    private void carry(long number, Parcel parcel) {
        int attempt = ++parcel.attempts;
        CompletionStage<Answer> _ = way.carry(number, open.firstKey(), parcel.letter)
                .whenComplete((answer, failure) -> {
                    if (open.get(number) != parcel) {
                        return;
                    }
                    if (failure != null) {
                        if (attempt == parcel.attempts) {
                            carryAgain(number);
                        }
                        return;
                    }
                    switch (answer) {
                        case Answer.Taken taken -> {
                            open.remove(number);
                            parcel.given.complete(taken.given());
                        }
                        case Answer.Missing missing -> {
                            if (attempt == parcel.attempts) {
                                carryAgain(missing.next());
                            }
                        }
                    }
                });
    }

    /** Brings everything from that number on once more, in a moment. */
    private void carryAgain(long from) {
        boolean waits = again != Long.MAX_VALUE;
        again = Math.min(again, from);
        if (!waits) {
            loop.schedule(
                    () -> {
                        long first = again;
                        again = Long.MAX_VALUE;
                        for (Map.Entry<Long, Parcel> one :
                                List.copyOf(open.tailMap(first, true).entrySet())) {
                            carry(one.getKey(), one.getValue());
                        }
                    },
                    RETRY.toNanos());
        }
    }
}
