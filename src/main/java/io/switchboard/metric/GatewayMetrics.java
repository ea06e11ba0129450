package io.switchboard.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.event.DropReason;
import io.switchboard.session.CloseCode;
import io.switchboard.session.SessionListener;
import io.switchboard.session.Thinning;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Counters and gauges, named {@code switchboard_*}. Tags are bounded: a reason, a topic of the bus, a state; never a user, a
 * topic or a session. Any thread.
 */
public final class GatewayMetrics implements SessionListener {
    private final MeterRegistry registry;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger signedIn = new AtomicInteger();
    private final LongAdder deliveries = new LongAdder();
    private final Map<CloseCode, Counter> closes = new EnumMap<>(CloseCode.class);
    private final Map<DropReason, Counter> drops = new EnumMap<>(DropReason.class);
    private final Counter signIns;
    private final Counter signInsRefused;
    private final Counter merges;
    private final Counter guardRefusals;
    private final Counter conditionRefusals;
    private final Map<Thinning, Counter> thinnings = new EnumMap<>(Thinning.class);
    private final Counter queueDrops;

    public GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("switchboard.sessions", open, AtomicInteger::get)
                .tag("state", "open")
                .description("Connections, signed in or not")
                .register(registry);
        Gauge.builder("switchboard.sessions", signedIn, AtomicInteger::get)
                .tag("state", "signed_in")
                .description("Connections, signed in or not")
                .register(registry);
        registry.more().counter("switchboard.deliveries", List.of(), deliveries, LongAdder::sum);
        for (CloseCode code : CloseCode.values()) {
            closes.put(
                    code,
                    Counter.builder("switchboard.closes")
                            .tag("reason", code.name().toLowerCase(Locale.ROOT))
                            .description("Connections that Switchboard closed")
                            .register(registry));
        }
        for (DropReason drop : DropReason.values()) {
            drops.put(
                    drop,
                    Counter.builder("switchboard.events.dropped")
                            .tag("reason", drop.name().toLowerCase(Locale.ROOT))
                            .description("Events that could concern nobody")
                            .register(registry));
        }
        signIns = registry.counter("switchboard.sign.ins", "outcome", "accepted");
        signInsRefused = registry.counter("switchboard.sign.ins", "outcome", "refused");
        merges = registry.counter("switchboard.events.merged");
        guardRefusals = registry.counter("switchboard.deliveries.dropped", "reason", "guard");
        conditionRefusals = registry.counter("switchboard.deliveries.dropped", "reason", "policy");
        for (Thinning reason : Thinning.values()) {
            thinnings.put(
                    reason,
                    registry.counter(
                            "switchboard.deliveries.dropped",
                            "reason",
                            "silent_" + reason.name().toLowerCase(Locale.ROOT)));
        }
        queueDrops = registry.counter("switchboard.deliveries.dropped", "reason", "claims_ended");
    }

    /** A figure that is read when somebody asks. */
    public void gauge(String name, String description, LongSupplier value) {
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /** Connections, signed in or not. */
    public int openSessions() {
        return open.get();
    }

    /** Connections that are signed in. */
    public int signedInSessions() {
        return signedIn.get();
    }

    /** Events were accepted on a topic of the bus. */
    public void accepted(String topic, int events) {
        registry.counter("switchboard.events", "topic", topic, "outcome", "accepted")
                .increment(events);
    }

    /** A request to publish on a topic of the bus was refused. */
    public void refused(String topic, String reason) {
        registry.counter("switchboard.events", "topic", topic, "outcome", reason)
                .increment();
    }

    /** An upgrade was refused. */
    public void upgradeRefused(String reason) {
        registry.counter("switchboard.upgrades.refused", "reason", reason).increment();
    }

    /** A connection was ended because its HTTP request took too long to come. */
    public void requestCut() {
        registry.counter("switchboard.requests.cut").increment();
    }

    /** An event was dropped behind the log. */
    public void dropped(DropReason drop) {
        drops.get(drop).increment();
    }

    /** An event became one with an earlier one of its node. */
    public void merged() {
        merges.increment();
    }

    @Override
    public void opened() {
        open.incrementAndGet();
    }

    @Override
    public void closed() {
        open.decrementAndGet();
    }

    @Override
    public void signedIn() {
        signIns.increment();
        signedIn.incrementAndGet();
    }

    @Override
    public void signedOut() {
        signedIn.decrementAndGet();
    }

    @Override
    public void signInRefused() {
        signInsRefused.increment();
    }

    @Override
    public void closing(CloseCode code) {
        closes.get(code).increment();
    }

    @Override
    public void delivered(int publications) {
        deliveries.add(publications);
    }

    @Override
    public void refusedByGuard() {
        guardRefusals.increment();
    }

    @Override
    public void refusedByCondition() {
        conditionRefusals.increment();
    }

    @Override
    public void thinned(Thinning reason) {
        thinnings.get(reason).increment();
    }

    @Override
    public void dropped(int publications) {
        queueDrops.increment(publications);
    }
}
