package io.switchboard.trace;

import static java.util.Objects.requireNonNull;

import io.switchboard.event.Event;
import io.switchboard.hub.Delivery;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import io.switchboard.metric.GatewayMetrics;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Watches each event from the log to the sockets: how long it takes, and as a part of which trace. What is measured is
 * measured once for each event loop that delivers, never for each receiver; an event that is held back on purpose, to be
 * merged with others, is not measured.
 */
public final class WatchedTail implements Tail<Arrival> {
    private final Tail<Event> tail;
    private final GatewayMetrics metrics;
    private final Tracing tracing;
    private final Fates fates;

    public WatchedTail(Tail<Event> tail, GatewayMetrics metrics, Tracing tracing, Fates fates) {
        this.tail = requireNonNull(tail, "tail");
        this.metrics = requireNonNull(metrics, "metrics");
        this.tracing = requireNonNull(tracing, "tracing");
        this.fates = requireNonNull(fates, "fates");
    }

    @Override
    public void deliver(Position position, Arrival arrival, Runnable delivered) {
        fates.begin(position);
        AtomicInteger recipients = new AtomicInteger();
        Delivery watched = loop -> new Leg(arrival, tracing.fanOut(arrival, loop), recipients);
        Runnable done = arrival.recipients().isEmpty()
                ? delivered
                : () -> {
                    delivered.run();
                    arrival.recipients().get().here(recipients.get());
                };
        try {
            ScopedValue.where(Delivery.CURRENT, watched).run(() -> tail.deliver(position, arrival.event(), done));
        } catch (RuntimeException | Error e) {
            // whoever asks is answered
            arrival.recipients().ifPresent(asked -> asked.here(recipients.get()));
            throw e;
        }
    }

    private final class Leg implements Delivery.Leg {
        private final long acceptedNanos;
        private final Optional<Tracing.FanOut> span;
        private final AtomicInteger recipients;

        private Leg(Arrival arrival, Optional<Tracing.FanOut> span, AtomicInteger recipients) {
            this.recipients = recipients;
            this.acceptedNanos = arrival.acceptedNanos();
            this.span = span;
        }

        @Override
        public void offered(int publications, int receivers) {
            recipients.addAndGet(receivers);
            span.ifPresent(fanOut -> fanOut.offered(publications, receivers));
            if (receivers > 0) {
                metrics.fannedOut(System.nanoTime() - acceptedNanos);
            } else {
                span.ifPresent(Tracing.FanOut::end);
            }
        }

        @Override
        public void handedOver() {
            metrics.handedOver(System.nanoTime() - acceptedNanos);
            span.ifPresent(Tracing.FanOut::end);
        }

        @Override
        public void lost() {
            span.ifPresent(Tracing.FanOut::end);
        }
    }
}
