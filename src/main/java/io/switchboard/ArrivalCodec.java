package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.cluster.StreamCodec;
import io.switchboard.event.Event;
import io.switchboard.event.EventCodec;
import io.switchboard.event.EventTopic;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.UnreadableEventException;
import io.switchboard.ingress.StreamIngress;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Recipients;
import io.switchboard.trace.Tracing;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Events in the stream of a cluster: those that a replica has accepted are written as {@link EventCodec} does, below {@code log};
 * those that services have published, below {@code events}, are read as any ingress reads them.
 */
final class ArrivalCodec implements StreamCodec<Arrival> {
    private static final Logger LOG = Logger.getLogger(ArrivalCodec.class);

    private static final String LOGGED = "log.";
    private static final String PUBLISHED = "events.";
    private static final String TRACEPARENT = "traceparent";

    /** What an event counts as old at most, where clocks differ. */
    private static final long OLDEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final EventCodec events = new EventCodec();
    private final Supplier<StreamIngress> ingress;
    private final RecipientCounts counts;
    private final ReplicaMessages messages;
    private final Clock clock;

    /** @param ingress is there when the first event is read */
    ArrivalCodec(Supplier<StreamIngress> ingress, RecipientCounts counts, ReplicaMessages messages, Clock clock) {
        this.ingress = requireNonNull(ingress, "ingress");
        this.counts = requireNonNull(counts, "counts");
        this.messages = requireNonNull(messages, "messages");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public Written write(Arrival arrival) {
        Map<String, String> headers = new HashMap<>();
        if (arrival.span().isValid()) {
            headers.put(TRACEPARENT, Tracing.text(arrival.span()));
        }
        arrival.recipients().ifPresent(recipients -> headers.put(RecipientCounts.HEADER, counts.expect(recipients)));
        return new Written(
                LOGGED + arrival.event().topic().address(), arrival.key(), headers, events.write(arrival.event()));
    }

    @Override
    public void duplicate(Arrival arrival) {
        arrival.recipients().ifPresent(Recipients::duplicate);
    }

    @Override
    public Optional<Arrival> read(Stored stored) {
        long acceptedNanos = System.nanoTime()
                - Math.clamp(TimeUnit.MILLISECONDS.toNanos(clock.millis() - stored.storedAt()), 0, OLDEST_NANOS);
        if (stored.subject().startsWith(LOGGED)) {
            try {
                Event event = events.read(stored.body());
                stored.key().filter(_ -> event instanceof MessageEvent).ifPresent(messages::heard);
                return Optional.of(new Arrival(
                        event,
                        Tracing.parse(stored.header(TRACEPARENT)),
                        acceptedNanos,
                        Optional.empty(),
                        counts.asked(stored.header(RecipientCounts.HEADER))));
            } catch (UnreadableEventException e) {
                LOG.errorf("an event of another replica cannot be read and is left out reason=%s", e.getMessage());
                return Optional.empty();
            }
        }
        return EventTopic.of(stored.subject().substring(PUBLISHED.length()))
                .flatMap(topic -> ingress.get().read(topic, stored.body()))
                .map(read -> {
                    SpanContext header = Tracing.parse(stored.header(TRACEPARENT));
                    return new Arrival(read.event(), read.caller().isValid() ? read.caller() : header, acceptedNanos);
                });
    }
}
