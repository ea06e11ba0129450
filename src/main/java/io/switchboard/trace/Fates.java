package io.switchboard.trace;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Ledger;
import io.switchboard.log.Position;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** What became of the last events. What is counted costs a few additions for each publication and loop. Any thread. */
public final class Fates implements Ledger {
    private final AtomicReferenceArray<Fate> ring;
    private final Clock clock;

    /** @param events how many are remembered; 0: none */
    public Fates(int events, Clock clock) {
        this.ring = new AtomicReferenceArray<>(events);
        this.clock = requireNonNull(clock, "clock");
    }

    /** An event has got its place. */
    void begin(Position position) {
        if (ring.length() > 0) {
            ring.setRelease(place(position.offset()), new Fate(position));
        }
    }

    private int place(long offset) {
        return (int) (offset % ring.length());
    }

    /** What became of an event; empty: it is not remembered any more, or never was. */
    public Optional<Fate> find(String epoch, long offset) {
        if (ring.length() == 0 || offset < 1) {
            return Optional.empty();
        }
        return Optional.ofNullable(ring.getAcquire(place(offset)))
                .filter(fate -> fate.position().offset() == offset
                        && fate.position().epoch().equals(epoch));
    }

    private Fate of(Position position) {
        long offset = position.offset();
        if (ring.length() == 0 || offset < 1) {
            return null;
        }
        Fate fate = ring.getAcquire(place(offset));
        return fate != null && fate.position().offset() == offset ? fate : null;
    }

    @Override
    public void offered(Position position, int visited, int refused, int leftOut, int taken) {
        Fate fate = of(position);
        if (fate != null) {
            fate.offered(visited, refused, leftOut, taken);
        }
    }

    @Override
    public void settled(Position position, int handedOver, int replaced, int dropped) {
        Fate fate = of(position);
        if (fate != null) {
            fate.settled(handedOver, replaced, dropped, clock.millis());
        }
    }
}
