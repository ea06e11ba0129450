package io.switchboard.service;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is reported. */
final class CountingServiceListener implements ServiceListener {
    final AtomicInteger inFlight = new AtomicInteger();
    final Queue<ServiceAnswer> answers = new ConcurrentLinkedQueue<>();
    private final Queue<Telling> tellings = new ConcurrentLinkedQueue<>();

    @Override
    public void callStarted() {
        inFlight.incrementAndGet();
    }

    @Override
    public void callEnded() {
        inFlight.decrementAndGet();
    }

    @Override
    public void answered(ServiceAnswer answer, long nanos) {
        answers.add(answer);
    }

    @Override
    public void told(Telling telling) {
        tellings.add(telling);
    }

    List<Telling> tellings() {
        return List.copyOf(tellings);
    }
}
