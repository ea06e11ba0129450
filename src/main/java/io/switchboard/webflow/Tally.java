package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** What is counted, bounded and timed over all ids. Any thread; who has the lock of an id may call it, and it calls nobody. */
final class Tally {
    private final Ticker ticker;
    private final int most;

    private final Ageing<Awaited.Kept> kept = new Ageing<>(0);
    private final Ageing<Awaited> announced;
    private final AtomicInteger registered = new AtomicInteger();
    /** Ids for which something waits, */
    private final AtomicInteger places = new AtomicInteger();
    /** and how much that is. */
    private final AtomicInteger waiting = new AtomicInteger();

    Tally(WebFlowSettings settings, Ticker ticker) {
        this.ticker = requireNonNull(ticker, "ticker");
        this.most = settings.most() == 0 ? Integer.MAX_VALUE : settings.most();
        this.announced = new Ageing<>(settings.most());
    }

    /** Half of what a clock of nanoseconds can tell apart is as good as for ever. */
    private static long nanos(Duration duration) {
        Duration longest = Duration.ofNanos(Long.MAX_VALUE / 2);
        return (duration.compareTo(longest) < 0 ? duration : longest).toNanos();
    }

    long now() {
        return ticker.read();
    }

    /** When so much time will be over. */
    long after(Duration duration) {
        return ticker.read() + nanos(duration);
    }

    /** What is remembered of authorizations, handed over or not. */
    Ageing<Awaited.Kept> kept() {
        return kept;
    }

    Ageing<Awaited> announced() {
        return announced;
    }

    AtomicInteger registered() {
        return registered;
    }

    /** A place for an id more for which something waits; {@code false}: there is none. */
    boolean takePlace() {
        return places.getAndUpdate(taken -> taken < most ? taken + 1 : taken) < most;
    }

    void givePlace() {
        places.decrementAndGet();
    }

    boolean isFull() {
        return places.get() >= most;
    }

    AtomicInteger waiting() {
        return waiting;
    }
}
