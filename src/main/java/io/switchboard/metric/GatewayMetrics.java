package io.switchboard.metric;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.switchboard.dialect.DialectKind;
import io.switchboard.event.DropReason;
import io.switchboard.event.RoomOrder;
import io.switchboard.hub.PublicationListener;
import io.switchboard.hub.Topic;
import io.switchboard.queue.QueueListener;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceListener;
import io.switchboard.session.CloseCode;
import io.switchboard.session.CommandKind;
import io.switchboard.session.SessionListener;
import io.switchboard.session.Standing;
import io.switchboard.session.Thinning;
import io.switchboard.webflow.Dropped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Counters, gauges and times, named {@code switchboard_*}; docs/operations.md lists them. Tags are bounded: a reason, a topic
 * of the bus, a dialect, a state; never a user, a topic of the hub, an address or a session. Any thread.
 */
public final class GatewayMetrics
        implements SessionListener, PublicationListener, ServiceListener, QueueListener, RoomOrder.Listener {
    /** Upper ends of the buckets of times: from a delivery on an idle server to one that a person notices. */
    private static final Duration[] BUCKETS = Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final MeterRegistry registry;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger signedIn = new AtomicInteger();
    private final List<AtomicInteger> standings =
            Standing.ALL.stream().map(_ -> new AtomicInteger()).toList();
    private final Map<Topic.Kind, LongAdder> publications = new EnumMap<>(Topic.Kind.class);
    private final Map<Topic.Kind, LongAdder> deliveries = new EnumMap<>(Topic.Kind.class);
    private final Map<CloseCode, Counter> closes = new EnumMap<>(CloseCode.class);
    private final Map<DropReason, Counter> drops = new EnumMap<>(DropReason.class);
    private final Counter signIns;
    private final Counter signInsRefused;
    /** By topic of the bus: to look a counter up in the registry costs more than to count. */
    private final Map<String, Counter> accepted = new ConcurrentHashMap<>();

    private final Counter cuts;
    private final Counter merges;
    private final Counter guardRefusals;
    private final Counter conditionRefusals;
    private final Map<Thinning, Counter> thinnings = new EnumMap<>(Thinning.class);
    private final Counter queueDrops;
    private final Map<CommandKind, Counter> commandsLimited = new EnumMap<>(CommandKind.class);
    private final Map<Dropped, Counter> operationsDropped = new EnumMap<>(Dropped.class);
    private final AtomicInteger callsInFlight = new AtomicInteger();
    private final Map<String, Counter> callOutcomes = new ConcurrentHashMap<>();
    private final Timer callDuration;
    private final Map<Telling, Counter> tellings = new EnumMap<>(Telling.class);
    private final Map<String, Counter> storageRefusals = new ConcurrentHashMap<>();
    private final Counter storageCommits;
    private final Timer storageCommit;
    private final AtomicInteger queueConsumers = new AtomicInteger();
    private final Counter queueSent;
    private final Counter queueDelivered;
    private final Counter queueAcknowledged;
    private final Map<Return, Counter> queueReturned = new EnumMap<>(Return.class);
    private final Counter queueDied;
    private final Counter queueExpired;
    private final Counter queueRefused;
    private final Counter gapsFilled;
    private final Counter gapsPassedOver;
    private final Timer fanOut;
    private final Timer latency;

    public GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
        for (Standing standing : Standing.ALL) {
            Gauge.builder("switchboard.sessions", standings.get(standing.index()), AtomicInteger::get)
                    .tag(
                            "dialect",
                            standing.dialect().map(DialectKind::wireName).orElse("unknown"))
                    .tag("state", name(standing.state()))
                    .description("Connections by what they speak and how far they have come")
                    .register(registry);
        }
        for (Topic.Kind kind : Topic.Kind.values()) {
            publications.put(
                    kind,
                    adder("switchboard.publications", "Publications that an event loop had subscribers for", kind));
            deliveries.put(kind, adder("switchboard.deliveries", "Publications handed over to sockets", kind));
        }
        for (CloseCode code : CloseCode.values()) {
            closes.put(
                    code,
                    Counter.builder("switchboard.closes")
                            .tag("reason", name(code))
                            .description("Connections that Switchboard closed")
                            .register(registry));
        }
        for (DropReason drop : DropReason.values()) {
            drops.put(
                    drop,
                    Counter.builder("switchboard.events.dropped")
                            .tag("reason", name(drop))
                            .description("Events that could concern nobody")
                            .register(registry));
        }
        signIns = registry.counter("switchboard.sign.ins", "outcome", "accepted");
        signInsRefused = registry.counter("switchboard.sign.ins", "outcome", "refused");
        cuts = registry.counter("switchboard.requests.cut");
        merges = registry.counter("switchboard.merge.merged");
        guardRefusals = registry.counter("switchboard.deliveries.dropped", "reason", "guard");
        conditionRefusals = registry.counter("switchboard.deliveries.dropped", "reason", "policy");
        for (Thinning reason : Thinning.values()) {
            thinnings.put(
                    reason,
                    registry.counter(
                            "switchboard.deliveries.dropped",
                            "reason",
                            switch (reason) {
                                case OVER_BUDGET, LAGGING -> "silent_" + name(reason);
                                case CONFLATED, MISSED -> name(reason);
                            }));
        }
        queueDrops = registry.counter("switchboard.deliveries.dropped", "reason", "claims_ended");
        for (CommandKind kind : CommandKind.values()) {
            commandsLimited.put(kind, registry.counter("switchboard.commands.limited", "type", kind.wireName()));
        }
        for (Dropped why : Dropped.values()) {
            operationsDropped.put(why, registry.counter("switchboard.webflow.dropped", "reason", name(why)));
        }
        Gauge.builder("switchboard.service.calls.in.flight", callsInFlight, AtomicInteger::get)
                .description("Service calls that have a place")
                .register(registry);
        // the first two at the start; a status when it first occurs, of a closed list
        outcome("reply");
        outcome("unknown");
        callDuration = timer("switchboard.service.call.duration", "From a service call until its caller has an answer");
        for (Telling telling : Telling.values()) {
            tellings.put(telling, registry.counter("switchboard.session.events", "outcome", name(telling)));
        }
        storageCommits = registry.counter("switchboard.storage.commits");
        storageRefusal("busy");
        storageRefusal("down");
        storageCommit = timer("switchboard.storage.commit", "A transaction, from its first statement until it is kept");
        Gauge.builder("switchboard.queues.consumers", queueConsumers, AtomicInteger::get)
                .description("Consumers of work queues, once for each of their queues")
                .register(registry);
        queueSent = registry.counter("switchboard.queues.sent");
        queueDelivered = registry.counter("switchboard.queues.delivered");
        queueAcknowledged = registry.counter("switchboard.queues.acknowledged");
        for (Return why : Return.values()) {
            queueReturned.put(why, registry.counter("switchboard.queues.returned", "reason", name(why)));
        }
        queueDied = registry.counter("switchboard.queues.dead");
        queueExpired = registry.counter("switchboard.queues.expired");
        queueRefused = registry.counter("switchboard.queues.refused");
        gapsFilled = registry.counter("switchboard.chat.gaps", "outcome", "filled");
        gapsPassedOver = registry.counter("switchboard.chat.gaps", "outcome", "passed_over");
        fanOut = timer(
                "switchboard.fan.out", "From the acceptance of an event until an event loop has found its receivers");
        latency = timer(
                "switchboard.delivery.latency",
                "From the acceptance of an event until an event loop has handed it over to the sockets of its receivers");
    }

    private LongAdder adder(String name, String description, Topic.Kind kind) {
        LongAdder adder = new LongAdder();
        FunctionCounter.builder(name, adder, LongAdder::sum)
                .tag("family", name(kind))
                .description(description)
                .register(registry);
        return adder;
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** A figure that is read when somebody asks. */
    public void gauge(String name, String description, LongSupplier value) {
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    /**
     * What is held back to be merged, read when somebody asks.
     *
     * @param events how many are held
     * @param bytes how much memory they take
     */
    public void merging(LongSupplier events, LongSupplier bytes) {
        gauge("switchboard.merge.held.events", "Events that are held back to be merged", events);
        gauge("switchboard.merge.held.bytes", "Bytes of the events that are held back to be merged", bytes);
    }

    /** An event loop has found the receivers of an event, so long after it was accepted. */
    public void fannedOut(long nanos) {
        fanOut.record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * An event loop has handed an event over to those of its receivers whose sockets can take something, so long after it
     * was accepted: once for each event and event loop.
     */
    public void handedOver(long nanos) {
        latency.record(nanos, TimeUnit.NANOSECONDS);
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
        accepted.computeIfAbsent(
                        topic, name -> registry.counter("switchboard.events", "topic", name, "outcome", "accepted"))
                .increment(events);
    }

    @Override
    public void filled(int messages) {
        gapsFilled.increment(messages);
    }

    @Override
    public void passedOver() {
        gapsPassedOver.increment();
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
        cuts.increment();
    }

    /** An event was dropped behind the log. */
    public void dropped(DropReason drop) {
        drops.get(drop).increment();
    }

    /** An event became one with an earlier one of its node. */
    public void merged() {
        merges.increment();
    }

    /**
     * The database, read when somebody asks.
     *
     * @param commands how many changes wait to be written, or are being written
     * @param bytes how much memory they take
     * @param up 1: it works
     */
    public void storage(LongSupplier commands, LongSupplier bytes, LongSupplier up) {
        gauge("switchboard.storage.waiting.commands", "Changes that wait until they are written", commands);
        gauge("switchboard.storage.waiting.bytes", "Bytes of the changes that wait until they are written", bytes);
        gauge("switchboard.storage.up", "1: the database can be written to", up);
    }

    /** A transaction was kept that took so long. */
    public void storageCommitted(long nanos) {
        storageCommits.increment();
        storageCommit.record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * A change was not written, or a question not answered.
     *
     * @param reason of a closed list
     */
    public void storageRefused(String reason) {
        storageRefusal(reason).increment();
    }

    private Counter storageRefusal(String reason) {
        return storageRefusals.computeIfAbsent(
                reason, name -> registry.counter("switchboard.storage.refused", "reason", name));
    }

    @Override
    public void sent(int queues) {
        queueSent.increment(queues);
    }

    @Override
    public void delivered() {
        queueDelivered.increment();
    }

    @Override
    public void acknowledged() {
        queueAcknowledged.increment();
    }

    @Override
    public void returned(Return why) {
        queueReturned.get(why).increment();
    }

    @Override
    public void died() {
        queueDied.increment();
    }

    @Override
    public void expired(int messages) {
        queueExpired.increment(messages);
    }

    @Override
    public void refused() {
        queueRefused.increment();
    }

    @Override
    public void consumers(int change) {
        int _ = queueConsumers.addAndGet(change);
    }

    @Override
    public void callStarted() {
        callsInFlight.incrementAndGet();
    }

    @Override
    public void callEnded() {
        callsInFlight.decrementAndGet();
    }

    @Override
    public void answered(ServiceAnswer answer, long nanos) {
        outcome(
                        switch (answer) {
                            case ServiceAnswer.Reply _ -> "reply";
                            case ServiceAnswer.Failure failure -> Integer.toString(failure.status());
                            case ServiceAnswer.Unknown _ -> "unknown";
                        })
                .increment();
        callDuration.record(nanos, TimeUnit.NANOSECONDS);
    }

    private Counter outcome(String outcome) {
        return callOutcomes.computeIfAbsent(
                outcome, name -> registry.counter("switchboard.service.calls", "outcome", name));
    }

    @Override
    public void told(Telling telling) {
        tellings.get(telling).increment();
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
    public void entered(Standing standing) {
        standings.get(standing.index()).incrementAndGet();
    }

    @Override
    public void left(Standing standing) {
        standings.get(standing.index()).decrementAndGet();
    }

    @Override
    public void published(Topic.Kind kind) {
        publications.get(kind).increment();
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
    public void delivered(Topic.Kind kind, int count) {
        deliveries.get(kind).add(count);
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
    public void limited(CommandKind kind) {
        commandsLimited.get(kind).increment();
    }

    /** What services said of an operation will reach nobody. */
    public void operationDropped(Dropped why) {
        operationsDropped.get(why).increment();
    }

    @Override
    public void dropped(int count) {
        queueDrops.increment(count);
    }
}
