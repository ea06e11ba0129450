package io.switchboard;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.benmanes.caffeine.cache.Ticker;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.OpenTelemetry;
import io.quarkus.arc.All;
import io.switchboard.admin.ProcessTraces;
import io.switchboard.admin.Traces;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Colleagues;
import io.switchboard.chat.LocalColleagues;
import io.switchboard.chat.LocalMembers;
import io.switchboard.chat.Members;
import io.switchboard.chat.RoomRights;
import io.switchboard.chat.RoomType;
import io.switchboard.cluster.NatsCluster;
import io.switchboard.cluster.StreamLog;
import io.switchboard.cluster.session.ClusterRevoker;
import io.switchboard.cluster.session.ClusterSessions;
import io.switchboard.cluster.session.ClusterTraces;
import io.switchboard.cluster.session.WithdrawalKeeper;
import io.switchboard.cluster.state.ClusterColleagues;
import io.switchboard.cluster.state.ClusterGatherings;
import io.switchboard.cluster.state.ClusterMailboxes;
import io.switchboard.cluster.state.ClusterMembers;
import io.switchboard.cluster.state.ClusterPresences;
import io.switchboard.cluster.state.ClusterRegistrations;
import io.switchboard.cluster.state.ClusterWorkQueues;
import io.switchboard.config.NodeRooms;
import io.switchboard.config.OnIdm;
import io.switchboard.config.OnJoin;
import io.switchboard.config.RateSettings;
import io.switchboard.config.RegistrationMode;
import io.switchboard.config.SignInBy;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.dialect.cells.ChatDialect;
import io.switchboard.dialect.flamigo.FlamigoDialect;
import io.switchboard.dialect.openflow.OpenFlowDialect;
import io.switchboard.dialect.openflow.OpenFlowSettings;
import io.switchboard.dialect.realtime.RealtimeDialect;
import io.switchboard.dialect.sockjs.SockJsText;
import io.switchboard.dialect.stomp.StompDialect;
import io.switchboard.event.DeliveryPolicies;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventRouter;
import io.switchboard.event.IdmListener;
import io.switchboard.event.MessageFamily;
import io.switchboard.event.NodeLookup;
import io.switchboard.event.Replay;
import io.switchboard.event.RoomFamily;
import io.switchboard.event.RoomOrder;
import io.switchboard.event.TreeMerger;
import io.switchboard.event.TreeRouter;
import io.switchboard.event.TreeSettings;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Topic;
import io.switchboard.ingress.BinaryMessages;
import io.switchboard.ingress.EnvelopeReader;
import io.switchboard.ingress.IdempotencyWindow;
import io.switchboard.ingress.OtherReplicas;
import io.switchboard.ingress.Publishers;
import io.switchboard.ingress.StreamIngress;
import io.switchboard.limit.CommandLimits;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.limit.SignInLimits;
import io.switchboard.log.EventLog;
import io.switchboard.log.InFlight;
import io.switchboard.log.Kept;
import io.switchboard.log.Sequencer;
import io.switchboard.log.Tail;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.MailStore;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.LocalGatherings;
import io.switchboard.presence.LocalPresences;
import io.switchboard.presence.PresenceNews;
import io.switchboard.presence.PresenceTopics;
import io.switchboard.presence.Presences;
import io.switchboard.queue.LocalWorkQueues;
import io.switchboard.queue.QueueSettings;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.WorkQueues;
import io.switchboard.rule.TopicRules;
import io.switchboard.service.LifecycleEvents;
import io.switchboard.service.RequestBus;
import io.switchboard.service.Services;
import io.switchboard.session.ChatSettings;
import io.switchboard.session.Chronicle;
import io.switchboard.session.CommandKind;
import io.switchboard.session.CommandRates;
import io.switchboard.session.Correspondence;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.Past;
import io.switchboard.session.Publishing;
import io.switchboard.session.Revoker;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionLimits;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.SessionServices;
import io.switchboard.session.Timers;
import io.switchboard.session.Withdrawals;
import io.switchboard.session.WorkSettings;
import io.switchboard.storage.Database;
import io.switchboard.storage.MailQuotas;
import io.switchboard.storage.QueueQuotas;
import io.switchboard.storage.SqlChatStore;
import io.switchboard.storage.SqlMailStore;
import io.switchboard.storage.SqlQueueStore;
import io.switchboard.storage.Storage;
import io.switchboard.storage.StorageSettings;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Fates;
import io.switchboard.trace.Tracing;
import io.switchboard.trace.WatchedTail;
import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.Registrations;
import io.switchboard.webflow.WebFlowSettings;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the parts together that are plain objects: which one stands behind which interface is decided here. */
@Dependent
final class Assembly {
    /** What comes over the wire is read as strictly as JSON is, whatever the application's own mapper allows. */
    private static final ObjectMapper WIRE = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** For what blocks: a virtual thread each. */
    private static final Executor BLOCKING =
            task -> Thread.ofVirtual().name("switchboard-cluster-", 0).start(task);

    /** Questions for history that may wait; more are refused. */
    private static final int HISTORY_QUEUE = 1000;

    private static final int MOST_OWNERS = 4;

    /** How often what is over its time is forgotten. */
    private static final Duration SWEEP = Duration.ofSeconds(10);

    private static final long EVICTION_NANOS = TimeUnit.SECONDS.toNanos(10);

    @Produces
    @Singleton
    GatewayMetrics metrics(MeterRegistry registry) {
        return new GatewayMetrics(registry);
    }

    @Produces
    @Singleton
    Hub hub(GatewayMetrics metrics, Fates fates) {
        Hub hub = new Hub(metrics, fates);
        metrics.gauge("switchboard.index.entries", "Topics and roots that somebody waits for", hub::entries);
        return hub;
    }

    @Produces
    @Singleton
    Fates fates(SwitchboardConfig config, Clock clock) {
        return new Fates(config.trace().events(), clock);
    }

    @Produces
    @Singleton
    Chronicle chronicle() {
        return new Chronicle();
    }

    @Produces
    @Singleton
    Replay replay(TreeRouter tree, MessageFamily messages, RoomFamily rooms, Clock clock) {
        return new Replay(tree, messages, rooms, clock);
    }

    /** Off unless switched on: see {@code quarkus.otel.sdk.disabled}. */
    @Produces
    @Singleton
    Tracing tracing(OpenTelemetry openTelemetry, @ConfigProperty(name = "quarkus.otel.sdk.disabled") boolean disabled) {
        return new Tracing(openTelemetry, !disabled);
    }

    @Produces
    @Singleton
    Detector detector() {
        return new Detector(WIRE);
    }

    @Produces
    @Singleton
    SockJsText sockJsText() {
        return new SockJsText(WIRE);
    }

    @Produces
    @Singleton
    Dialects dialects(SwitchboardConfig config) {
        return new Dialects(List.of(
                new CellsDialect(WIRE),
                new ChatDialect(WIRE),
                new RealtimeDialect(WIRE),
                new StompDialect(
                        WIRE,
                        (int) Math.min(
                                Integer.MAX_VALUE, config.limits().messageSize().asLongValue()),
                        config.stomp().heartBeat()),
                new FlamigoDialect(WIRE, config.flamigo().signIn() == SignInBy.SERVICE),
                new OpenFlowDialect(WIRE, openFlow(config), System::nanoTime)));
    }

    private static OpenFlowSettings openFlow(SwitchboardConfig config) {
        SwitchboardConfig.OpenFlow settings = config.openflow();
        return new OpenFlowSettings(
                settings.packageSize(),
                settings.commandSize().asLongValue(),
                config.limits().messageSize().asLongValue(),
                settings.openCommands(),
                settings.openFor(),
                settings.pingInterval(),
                settings.expiration());
    }

    @Produces
    @Singleton
    EnvelopeReader envelopes(SwitchboardConfig config) {
        return new EnvelopeReader(
                WIRE,
                new EventReader(WIRE),
                config.limits().eventSize().asLongValue(),
                config.limits().eventsPerRequest());
    }

    @Produces
    @Singleton
    ConnectionLimits limits(SwitchboardConfig config) {
        SwitchboardConfig.Limits limits = config.limits();
        return new ConnectionLimits(
                limits.connections(),
                limits.connectionsUnauthenticated(),
                limits.connectionsPerUser(),
                limits.connectionsPerAddress());
    }

    @Produces
    @Singleton
    CommandRates commandRates(SwitchboardConfig config) {
        Map<CommandKind, CommandLimits.Rate> rates = new EnumMap<>(CommandKind.class);
        RateSettings.byType(config.limits().rates())
                .forEach((type, rate) -> rates.put(
                        CommandKind.valueOf(type.toUpperCase(Locale.ROOT)),
                        new CommandLimits.Rate(rate.perSession(), rate.perUser(), rate.burst())));
        return new CommandLimits(rates);
    }

    @Produces
    @Singleton
    OutboundBudget outboundBudget(SwitchboardConfig config, GatewayMetrics metrics) {
        OutboundBudget budget =
                new OutboundBudget(config.limits().outboundBytesTotal().asLongValue());
        metrics.gauge("switchboard.outbound.bytes", "Bytes that wait for slow clients", budget::total);
        return budget;
    }

    /** The thread that goes on with what nobody else has the time for. */
    @Produces
    @Singleton
    ThreadLoop logLoop(Timers timers) {
        return new ThreadLoop("switchboard-log", timers);
    }

    @Produces
    @Singleton
    TreeRouter treeRouter(Hub hub, DeliveryPolicies deliveries) {
        return new TreeRouter(hub, deliveries);
    }

    @Produces
    @Singleton
    TreeMerger treeMerger(
            SwitchboardConfig config,
            TreeRouter router,
            Instance<NodeLookup> lookup,
            ThreadLoop loop,
            GatewayMetrics metrics) {
        SwitchboardConfig.Tree tree = config.tree();
        TreeMerger merger = new TreeMerger(
                new TreeSettings(
                        tree.quietWindow(),
                        tree.maxHold(),
                        tree.leadingEdge(),
                        tree.heldEvents(),
                        tree.heldBytes().asLongValue(),
                        tree.lookups(),
                        tree.lookupTimeout()),
                router,
                lookup.isUnsatisfied() ? Optional.empty() : Optional.of(lookup.get()),
                loop,
                metrics::dropped,
                metrics::merged);
        metrics.merging(merger::nodes, merger::bytes);
        return merger;
    }

    @Produces
    @Singleton
    TopicRules rules(SwitchboardConfig config) {
        SwitchboardConfig.Rules rules = config.rules();
        Map<String, TopicRules.RuleTexts> roles = new HashMap<>();
        rules.roles()
                .forEach((role, texts) -> roles.put(
                        role,
                        new TopicRules.RuleTexts(
                                texts.subscribe().orElse(List.of()),
                                texts.publish().orElse(List.of()),
                                texts.denySubscribe().orElse(List.of()),
                                texts.denyPublish().orElse(List.of()),
                                texts.direct().orElse(List.of()),
                                texts.denyDirect().orElse(List.of()),
                                texts.priority().orElse(List.of()),
                                texts.denyPriority().orElse(List.of()),
                                new TopicRules.QueueTexts(
                                        texts.consume().orElse(List.of()),
                                        texts.denyConsume().orElse(List.of()),
                                        texts.produce().orElse(List.of()),
                                        texts.denyProduce().orElse(List.of())))));
        return new TopicRules(
                new TopicRules.RuleTexts(
                        rules.subscribe(),
                        rules.publish(),
                        rules.denySubscribe().orElse(List.of()),
                        rules.denyPublish().orElse(List.of()),
                        rules.direct(),
                        rules.denyDirect().orElse(List.of()),
                        rules.priority().orElse(List.of()),
                        rules.denyPriority().orElse(List.of()),
                        new TopicRules.QueueTexts(
                                rules.consume().orElse(List.of()),
                                rules.denyConsume().orElse(List.of()),
                                rules.produce(),
                                rules.denyProduce().orElse(List.of()))),
                roles);
    }

    @Produces
    @Singleton
    DeliveryPolicies deliveryPolicies(SwitchboardConfig config) {
        Map<String, DeliveryPolicies.Entry> entries = new HashMap<>();
        config.delivery()
                .forEach((name, entry) -> entries.put(
                        name,
                        new DeliveryPolicies.Entry(
                                entry.topics(), Policy.valueOf(entry.policy().name()), entry.key())));
        return new DeliveryPolicies(entries);
    }

    @Produces
    @Singleton
    MessageFamily messages(TopicRules rules, DeliveryPolicies deliveries) {
        return new MessageFamily(rules, deliveries);
    }

    @Produces
    @Singleton
    Past past(SwitchboardConfig config, EventLog<Arrival> log, Replay replay, DeliveryPolicies deliveries) {
        // history is read from memory: one thread reads thousands of pages a second
        ThreadPoolExecutor readers = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(HISTORY_QUEUE),
                Thread.ofPlatform().daemon().name("switchboard-history").factory());
        readers.allowCoreThreadTimeOut(true);
        return new LogPast(
                log, replay, deliveries, config.limits().outboundBytes().asLongValue(), readers);
    }

    @Produces
    @Singleton
    EventLog<Arrival> log(
            SwitchboardConfig config,
            Clustering clustering,
            Instance<StreamIngress> ingress,
            OtherReplicas others,
            ChatStore chatStore,
            Instance<ChatRooms> chatRooms,
            Hub hub,
            TreeRouter tree,
            TreeMerger merger,
            MessageFamily messages,
            RoomFamily rooms,
            DeliveryPolicies deliveries,
            @All List<IdmListener> idmListeners,
            SessionRegistry registry,
            ThreadLoop loop,
            Clock clock,
            GatewayMetrics metrics,
            Tracing tracing,
            Fates fates) {
        Supplier<Kept<Arrival>> newKept = () -> new Kept<>(
                new Kept.Bounds(
                        config.log().keptEvents(),
                        config.log().keptBytes().asLongValue(),
                        config.log().keptAge()),
                Arrival::weight,
                arrival -> Replay.topicOf(arrival.event()),
                channel -> channel instanceof Topic topic && topic.isOpen() && deliveries.isLatest(topic));
        InFlight.Bounds bounds = new InFlight.Bounds(
                config.log().queueEvents(), config.log().queueBytes().asLongValue());
        Tail<Event> router = new EventRouter(hub, tree, merger, messages, rooms, idmListeners, metrics::dropped);
        // where several replicas write, what was said comes in another order than it was kept
        Tail<Event> ordered = clustering.cluster().isPresent()
                ? new ClosedRooms(
                        chatRooms::get,
                        new RoomOrder(chatStore, router, loop, config.log().queueEvents(), metrics))
                : router;
        Tail<Arrival> tail = new WatchedTail(ordered, metrics, tracing, fates);
        EventLog<Arrival> log;
        if (clustering.cluster().isPresent()) {
            NatsCluster cluster = clustering.cluster().get();
            RecipientCounts counts = new RecipientCounts(
                    cluster.membership(),
                    cluster.wire(),
                    cluster.loop(),
                    cluster.settings().countPatience());
            StreamLog<Arrival> stream = cluster.log(
                    new ArrivalCodec(ingress::get, counts, (ReplicaMessages) others, clock),
                    newKept,
                    config.log().keptEvents(),
                    bounds,
                    Arrival::weight,
                    tail,
                    registry::interrupt);
            evictLater(() -> stream.evict(clock.millis()), loop);
            inFlight(metrics, stream::eventsInFlight, stream::bytesInFlight);
            log = stream;
        } else {
            Sequencer<Arrival> sequencer = new Sequencer<>(
                    Sequencer.newEpoch(), bounds, Arrival::weight, newKept.get(), tail, clock, loop::execute);
            evictLater(sequencer::evict, loop);
            inFlight(metrics, sequencer::eventsInFlight, sequencer::bytesInFlight);
            log = sequencer;
        }
        metrics.gauge(
                "switchboard.log.kept",
                "Events that are kept for recovery and history",
                () -> log.kept().size());
        return log;
    }

    private static void inFlight(GatewayMetrics metrics, LongSupplier events, LongSupplier bytes) {
        metrics.gauge("switchboard.log.bytes", "Bytes of events on their way to the sockets", bytes);
        metrics.gauge("switchboard.log.events", "Events on their way to the sockets", events);
    }

    /** What clients publish in other replicas. */
    @Produces
    @Singleton
    OtherReplicas otherReplicas(SwitchboardConfig config, Clustering clustering, Instance<BinaryMessages> binaries) {
        return clustering
                .cluster()
                .<OtherReplicas>map(cluster -> new ReplicaMessages(
                        cluster.wire(),
                        cluster.settings().countPatience(),
                        config.ingress().idempotencyWindow(),
                        config.ingress().idempotencyKeys(),
                        binaries::get))
                .orElse(OtherReplicas.NONE);
    }

    /** Calls of services over NATS, where this process is connected to it. */
    @Produces
    @Singleton
    RequestBus requestBus(Clustering clustering) {
        return clustering
                .cluster()
                .<RequestBus>map(cluster -> new NatsRequests(cluster.link()))
                .orElseGet(NoRequests::new);
    }

    /** What nothing new pushes out goes when it is old. */
    private static void evictLater(Runnable evict, ThreadLoop loop) {
        loop.schedule(
                () -> {
                    evict.run();
                    evictLater(evict, loop);
                },
                EVICTION_NANOS);
    }

    @Produces
    @Singleton
    Revocations revocations(SwitchboardConfig config, Clock clock, GatewayMetrics metrics) {
        Revocations revocations = new Revocations(
                clock,
                Ticker.systemTicker(),
                config.auth().clockSkew(),
                config.auth().tokenLifetime(),
                config.limits().revocations());
        metrics.gauge("switchboard.revocations", "Revocations and withdrawals that are remembered", revocations::size);
        return revocations;
    }

    @Produces
    @Singleton
    @Typed(SessionRegistry.class)
    SessionRegistry sessionRegistry() {
        return new SessionRegistry();
    }

    @Produces
    @Singleton
    SessionDirectory sessionDirectory(SessionRegistry registry, Clustering clustering) {
        return clustering
                .cluster()
                .<SessionDirectory>map(cluster -> new ClusterSessions(
                        cluster.wire(),
                        cluster.membership(),
                        registry,
                        cluster.settings().countPatience()))
                .orElse(registry);
    }

    @Produces
    @Singleton
    Revoker revoker(Withdrawals withdrawals, SessionRegistry registry, Revocations revocations, Clustering clustering) {
        return clustering
                .cluster()
                .<Revoker>map(cluster -> new ClusterRevoker(
                        cluster.wire(),
                        cluster.membership(),
                        cluster.loop(),
                        BLOCKING,
                        clustering.archive(),
                        registry,
                        withdrawals,
                        revocations,
                        cluster.settings().countPatience()))
                .orElse(withdrawals);
    }

    @Produces
    @Singleton
    Traces traces(ProcessTraces traces, Clustering clustering) {
        return clustering
                .cluster()
                .<Traces>map(cluster -> new ClusterTraces(
                        cluster.wire(),
                        cluster.membership(),
                        traces,
                        cluster.settings().countPatience()))
                .orElse(traces);
    }

    @Produces
    @Singleton
    @Typed(Withdrawals.class)
    Withdrawals withdrawals(
            SwitchboardConfig config, SessionRegistry registry, Revocations revocations, Clustering clustering) {
        boolean onIdentityEvents = config.auth().onIdm() == OnIdm.WITHDRAW;
        return clustering
                .cluster()
                .map(cluster -> new Withdrawals(
                        registry,
                        revocations,
                        onIdentityEvents,
                        new WithdrawalKeeper(cluster.membership(), cluster.loop(), BLOCKING, clustering.archive())))
                .orElseGet(() -> new Withdrawals(registry, revocations, onIdentityEvents));
    }

    @Produces
    @Singleton
    SessionServices sessionServices(
            SwitchboardConfig config,
            TokenVerifier verifier,
            Revocations revocations,
            SessionRegistry registry,
            Dialects dialects,
            Detector detector,
            Clock clock,
            Timers timers,
            ConnectionLimits limits,
            GatewayMetrics metrics,
            CommandRates rates,
            TopicRules rules,
            Past past,
            Publishing publishing,
            Correspondence correspondence,
            Mailboxes mailboxes,
            Presences presences,
            Gatherings gatherings,
            PresenceNews presenceNews,
            Chronicle chronicle,
            Services services,
            LifecycleEvents lifecycleEvents,
            ChatRooms rooms,
            Registrations registrations,
            WorkQueues queues) {
        return new SessionServices(
                verifier,
                revocations,
                registry,
                dialects,
                detector,
                clock,
                timers,
                limits,
                metrics,
                new SessionLimits(
                        config.auth().timeout(),
                        config.auth().expiryWarning(),
                        config.limits().outboundBytes().asLongValue(),
                        config.limits().eventsPerSecond(),
                        config.limits().errorsInARow(),
                        config.limits().subscriptionsPerSession(),
                        config.limits().callsPerSession(),
                        new ChatSettings(
                                config.chat().roomsPerSession(),
                                config.chat().onJoin() == OnJoin.HISTORY,
                                config.chat().permissionLasts()),
                        new WorkSettings(
                                config.openflow().consumeDelay(),
                                config.openflow().openPerConnection(),
                                config.openflow().refreshInterval())),
                rates,
                rules,
                past,
                publishing,
                correspondence,
                mailboxes,
                presences,
                gatherings,
                presenceNews,
                chronicle,
                new ClientCalls(
                        services::call, Set.of(config.chat().permissionService(), SessionServices.RENEWAL_SERVICE)),
                services::call,
                new SignInLimits(
                        config.limits().signInsPerAddress(), config.limits().signInsPerName(), Ticker.systemTicker()),
                new SessionNews(lifecycleEvents),
                rooms,
                registrations,
                queues);
    }

    @Produces
    @Singleton
    Registrations registrations(
            SwitchboardConfig config, Clustering clustering, Timers timers, GatewayMetrics metrics) {
        SwitchboardConfig.WebFlow settings = config.webflow();
        WebFlowSettings bounds = new WebFlowSettings(
                settings.registration() == RegistrationMode.OPEN
                        ? WebFlowSettings.Mode.OPEN
                        : WebFlowSettings.Mode.ANNOUNCED,
                settings.registrationsPerSession(),
                settings.probeTimeout(),
                settings.authorizationsKept(),
                settings.announcementsKept(),
                settings.mostKept());
        Registrations registrations = clustering
                .cluster()
                .<Registrations>map(cluster -> new ClusterRegistrations(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        bounds,
                        metrics::operationDropped))
                .orElseGet(() -> {
                    LocalRegistrations local = new LocalRegistrations(
                            bounds,
                            Ticker.systemTicker(),
                            (delay, task) -> after(timers, delay, task),
                            metrics::operationDropped);
                    every(timers, SWEEP, local::sweep);
                    return local;
                });
        metrics.gauge(
                "switchboard.webflow.registrations", "Operations that clients wait for", registrations::registered);
        metrics.gauge("switchboard.webflow.kept", "Authorizations that wait for a client", registrations::kept);
        return registrations;
    }

    private static void every(Timers timers, Duration interval, Runnable task) {
        after(timers, interval, () -> {
            task.run();
            every(timers, interval, task);
        });
    }

    /** Not on the wheel's own thread: that is for handing things over. */
    private static void after(Timers timers, Duration delay, Runnable task) {
        Timers.Timer _ =
                timers.schedule(delay, () -> Thread.ofVirtual().name("later").start(task));
    }

    /** The threads that own what users have in all sessions. */
    @Produces
    @Singleton
    Owners owners(Timers timers) {
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_OWNERS);
        return new Owners(IntStream.range(0, threads)
                .<Loop>mapToObj(number -> new ThreadLoop("switchboard-users-" + number, timers))
                .toList());
    }

    @Produces
    @Singleton
    Mailboxes mailboxes(
            SwitchboardConfig config, Clustering clustering, MailStore store, Owners owners, GatewayMetrics metrics) {
        Mailboxes mailboxes = clustering
                .cluster()
                .<Mailboxes>map(cluster -> new ClusterMailboxes(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        new LocalMailboxes(store, owners, cluster.membership()::acting),
                        config.ingress().idempotencyWindow(),
                        config.ingress().idempotencyKeys()))
                .orElseGet(() -> new LocalMailboxes(store, owners));
        metrics.gauge("switchboard.mailbox.users", "Users whose messages are delivered here", mailboxes::size);
        return mailboxes;
    }

    @Produces
    @Singleton
    PresenceNews presenceNews(Hub hub, TopicRules rules, Clock clock) {
        return new PresenceNews(hub, rules, clock);
    }

    @Produces
    @Singleton
    Presences presences(
            SwitchboardConfig config,
            Clustering clustering,
            Owners owners,
            Clock clock,
            PresenceNews news,
            GatewayMetrics metrics) {
        Duration grace = config.presence().grace();
        Presences presences = clustering
                .cluster()
                .<Presences>map(cluster -> new ClusterPresences(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        clock,
                        tell -> new LocalPresences(owners, clock, grace, tell, cluster.membership()::acting),
                        news::tell))
                .orElseGet(() -> new LocalPresences(owners, clock, grace, news::tell));
        metrics.gauge("switchboard.presence.users", "Users who are here", presences::size);
        return presences;
    }

    @Produces
    @Singleton
    Gatherings gatherings(
            SwitchboardConfig config, Clustering clustering, Owners owners, Presences presences, PresenceNews news) {
        PresenceTopics topics = new PresenceTopics(config.presence().topics().orElse(List.of()));
        BiFunction<Gatherings.Listener, BooleanSupplier, LocalGatherings> local =
                (listener, acting) -> new LocalGatherings(
                        owners,
                        topics::contain,
                        config.presence().usersPerTopic(),
                        config.presence().grace(),
                        listener,
                        acting);
        return clustering
                .cluster()
                .<Gatherings>map(cluster -> new ClusterGatherings(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        presences,
                        listener -> local.apply(listener, cluster.membership()::acting),
                        news::tell))
                .orElseGet(() -> local.apply(
                        (topic, came, left) -> {
                            CompletionStage<Void> _ = presences
                                    .of(List.copyOf(came))
                                    .thenAccept(users -> users.forEach(user -> news.tell(topic, user, true)));
                            CompletionStage<Void> _ = presences
                                    .of(List.copyOf(left))
                                    .thenAccept(users -> users.forEach(user -> news.tell(topic, user, false)));
                        },
                        () -> true));
    }

    @Produces
    @Singleton
    Colleagues colleagues(Clustering clustering) {
        return clustering
                .cluster()
                .<Colleagues>map(cluster -> new ClusterColleagues(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience()))
                .orElseGet(LocalColleagues::new);
    }

    @Produces
    @Singleton
    RoomRights roomRights(SwitchboardConfig config, Colleagues colleagues, Services services) {
        Set<RoomType> asked = EnumSet.noneOf(RoomType.class);
        config.chat().permissionFor().orElse(Set.of()).forEach(kind -> asked.add(RoomType.valueOf(kind.name())));
        if (config.chat().nodeRooms() == NodeRooms.ASK) {
            asked.add(RoomType.NODE);
        }
        return new RoomRights(
                asked, colleagues, new RoomPermissions(config.chat().permissionService(), services::call));
    }

    @Produces
    @Singleton
    RoomFamily roomFamily(RoomRights rights) {
        return new RoomFamily(rights);
    }

    @Produces
    @Singleton
    ChatRooms chatRooms(
            SwitchboardConfig config,
            Clustering clustering,
            ChatStore store,
            RoomRights rights,
            Colleagues colleagues,
            EventLog<Arrival> log,
            ThreadLoop loop,
            GatewayMetrics metrics,
            Clock clock) {
        RoomNews news = new RoomNews(log);
        int listed = config.chat().listedUsers();
        Members members = clustering
                .cluster()
                .<Members>map(cluster -> new ClusterMembers(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        new LocalMembers(loop, listed, news::tell, cluster.membership()::acting)))
                .orElseGet(() -> new LocalMembers(loop, listed, news::tell));
        metrics.gauge("switchboard.chat.rooms", "Rooms that somebody is in", members::rooms);
        // one thread: what a service says in a room at once stays in its order
        ThreadPoolExecutor sanitizer = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.MINUTES,
                new ArrayBlockingQueue<>(config.storage().queueCommands()),
                Thread.ofPlatform().daemon().name("switchboard-chat").factory());
        sanitizer.allowCoreThreadTimeOut(true);
        return new ChatRooms(
                store,
                members,
                rights,
                colleagues,
                news,
                sanitizer,
                clock,
                new ChatRooms.PageBounds(
                        config.chat().historyMessages(),
                        config.limits().outboundBytes().asLongValue() / 2));
    }

    @Produces
    @Singleton
    IdempotencyWindow idempotencyWindow(SwitchboardConfig config) {
        return new IdempotencyWindow(
                config.ingress().idempotencyWindow(), config.ingress().idempotencyKeys(), Ticker.systemTicker());
    }

    @Produces
    @Singleton
    Storage storage(Database database, SwitchboardConfig config, Clock clock, GatewayMetrics metrics) {
        return new Storage(database, StorageSettings.of(config), clock, metrics);
    }

    @Produces
    @Singleton
    ChatStore chatStore(Storage storage) {
        return new SqlChatStore(storage);
    }

    @Produces
    @Singleton
    MailStore mailStore(Storage storage, SwitchboardConfig config, Clock clock) {
        return new SqlMailStore(storage, MailQuotas.of(config), clock);
    }

    @Produces
    @Singleton
    QueueStore queueStore(Storage storage, SwitchboardConfig config, Clock clock) {
        return new SqlQueueStore(storage, QueueQuotas.of(config), clock);
    }

    @Produces
    @Singleton
    WorkQueues workQueues(
            SwitchboardConfig config,
            Clustering clustering,
            QueueStore store,
            Owners owners,
            Clock clock,
            GatewayMetrics metrics) {
        SwitchboardConfig.Queues queues = config.queues();
        QueueSettings settings = new QueueSettings(
                queues.redeliveryDelay(),
                queues.answerTimeout(),
                queues.deliveries(),
                queues.keepDeadLetters(),
                queues.keepUnused());
        return clustering
                .cluster()
                .<WorkQueues>map(cluster -> new ClusterWorkQueues(
                        cluster.membership(),
                        cluster.wire(),
                        cluster.loop(),
                        cluster.settings().patience(),
                        store,
                        owners,
                        clock,
                        settings,
                        metrics))
                .orElseGet(() -> new LocalWorkQueues(store, owners, clock, settings, metrics));
    }

    @Produces
    @Singleton
    Publishers publishers(SwitchboardConfig config) {
        return new Publishers(config.auth().publishers());
    }
}
