package io.switchboard.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.auth.Claims;
import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.chat.ChatRooms;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.Position;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.LocalGatherings;
import io.switchboard.presence.LocalPresences;
import io.switchboard.presence.PresenceNews;
import io.switchboard.presence.Presences;
import io.switchboard.queue.LocalWorkQueues;
import io.switchboard.queue.QueueSettings;
import io.switchboard.queue.WorkQueues;
import io.switchboard.rule.TopicRules;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.session.Chronicle;
import io.switchboard.session.CommandRates;
import io.switchboard.session.Correspondence;
import io.switchboard.session.Lifecycle;
import io.switchboard.session.Past;
import io.switchboard.session.Publishing;
import io.switchboard.session.ServiceCalls;
import io.switchboard.session.SessionLimits;
import io.switchboard.session.SessionListener;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.SessionServices;
import io.switchboard.session.SignInAttempts;
import io.switchboard.session.Timers;
import io.switchboard.session.UserLimit;
import io.switchboard.storage.QueueQuotas;
import io.switchboard.webflow.LocalRegistrations;
import io.switchboard.webflow.Registrations;
import io.switchboard.webflow.WebFlowSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * What sessions share, so that a test names only what matters to it. Unless it says otherwise: the Cells dialect, no token is
 * ever verified, no limits, no rules, nothing in the past, nothing may be published, and there are no services.
 */
public final class TestServices {
    /** Nothing is allowed but what claims imply. */
    public static final TopicRules NO_RULES = rules(List.of(), List.of());

    /** Nothing was published before. */
    public static final Past NO_PAST = new Past() {
        @Override
        public Position last() {
            return new Position("none", 0);
        }

        @Override
        public long handed() {
            return 0;
        }

        @Override
        public boolean reachesBackTo(Position position) {
            return false;
        }

        @Override
        public Optional<List<Publication>> at(long offset, Claims claims) {
            return Optional.empty();
        }

        @Override
        public CompletionStage<Reply.Past> page(
                Topic topic,
                Claims claims,
                Predicate<Publication> permitted,
                int limit,
                OptionalLong before,
                OptionalLong since) {
            return CompletableFuture.completedFuture(new Reply.Past(topic, List.of(), "none", 1, 0, false));
        }
    };

    private static final Publishing NO_PUBLISHING =
            (_, _) -> CompletableFuture.completedFuture(new Reply.Failed(503, "nothing is published here"));

    private static final Correspondence NO_CORRESPONDENCE =
            (_, _) -> CompletableFuture.completedFuture(new Reply.Failed(503, "nothing is delivered here"));

    private static final ServiceCalls NO_SERVICES = _ -> CompletableFuture.completedFuture(new ServiceAnswer.Unknown());

    private final Clock clock;
    private final Timers timers;
    private TokenVerifier verifier = _ -> new CompletableFuture<>();
    private Revocations revocations;
    private SessionRegistry registry = new SessionRegistry();
    private ObjectMapper mapper = new ObjectMapper();
    private List<Dialect> dialects = List.of();
    private UserLimit userLimit = new ConnectionLimits(0, 0, 0, 0);
    private SessionListener listener = new CountingListener();
    private SessionLimits limits = SessionLimits.ofBytes(0);
    private CommandRates rates = CommandRates.UNBOUNDED;
    private TopicRules rules = NO_RULES;
    private Past past = NO_PAST;
    private Publishing publishing = NO_PUBLISHING;
    private Correspondence correspondence = NO_CORRESPONDENCE;
    private Mailboxes mailboxes;
    private Chronicle chronicle = new Chronicle();
    private Presences presences;
    private Gatherings gatherings;
    private PresenceNews presenceNews;
    private ServiceCalls calls = NO_SERVICES;
    private ChatRooms rooms = TestRooms.silent();
    private Registrations registrations = noRegistrations();
    private SignInAttempts signInAttempts = SignInAttempts.UNBOUNDED;
    private WorkQueues queues;

    private TestServices(Clock clock, Timers timers) {
        this.clock = clock;
        this.timers = timers;
        this.revocations = TestRevocations.by(clock);
        Owners owners = new Owners(List.of(atOnce()));
        this.mailboxes = new LocalMailboxes(new MemoryMailStore(), owners);
        this.presences = new LocalPresences(owners, clock, Duration.ZERO, _ -> {});
        this.gatherings = new LocalGatherings(owners, _ -> false, 0, Duration.ZERO, (_, _, _) -> {});
        this.presenceNews = new PresenceNews(new Hub(), rules, clock);
        this.queues = new LocalWorkQueues(
                new MemoryQueueStore(new QueueQuotas(0, 0, 0, 0, 0, 0), clock),
                owners,
                clock,
                new QueueSettings(Duration.ZERO, Duration.ZERO, 0, Duration.ZERO, Duration.ZERO),
                new SilentQueueListener());
    }

    /** Does everything on the thread that asks for it, of which such a test has one; and nothing later. */
    private static Loop atOnce() {
        return new Loop() {
            @Override
            public void execute(Runnable task) {
                task.run();
            }

            @Override
            public void schedule(Runnable task, long delayNanos) {
                if (delayNanos == 0) {
                    task.run();
                }
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }
        };
    }

    /** By these clocks. */
    public static TestServices by(Clock clock, Timers timers) {
        return new TestServices(clock, timers);
    }

    /** By time that a test moves. */
    public static TestServices by(SimulatedTime time) {
        return new TestServices(time.clock(), time.timers());
    }

    /** Rules for everybody that allow, and none that deny. */
    public static TopicRules rules(List<String> subscribe, List<String> publish) {
        return new TopicRules(new TopicRules.RuleTexts(subscribe, publish, List.of(), List.of()), Map.of());
    }

    public TestServices verifier(TokenVerifier verifier) {
        this.verifier = verifier;
        return this;
    }

    /** Whatever token comes, it has these claims. */
    public TestServices claims(Claims claims) {
        return verifier(_ -> CompletableFuture.completedFuture(claims));
    }

    public TestServices revocations(Revocations revocations) {
        this.revocations = revocations;
        return this;
    }

    public TestServices registry(SessionRegistry registry) {
        this.registry = registry;
        return this;
    }

    public TestServices mapper(ObjectMapper mapper) {
        this.mapper = mapper;
        return this;
    }

    public TestServices dialect(Dialect dialect) {
        this.dialects = List.of(dialect);
        return this;
    }

    public TestServices userLimit(UserLimit userLimit) {
        this.userLimit = userLimit;
        return this;
    }

    public TestServices listener(SessionListener listener) {
        this.listener = listener;
        return this;
    }

    public TestServices limits(SessionLimits limits) {
        this.limits = limits;
        return this;
    }

    public TestServices rates(CommandRates rates) {
        this.rates = rates;
        return this;
    }

    public TestServices rules(TopicRules rules) {
        this.rules = rules;
        return this;
    }

    public TestServices past(Past past) {
        this.past = past;
        return this;
    }

    public TestServices publishing(Publishing publishing) {
        this.publishing = publishing;
        return this;
    }

    public TestServices correspondence(Correspondence correspondence) {
        this.correspondence = correspondence;
        return this;
    }

    public TestServices mailboxes(Mailboxes mailboxes) {
        this.mailboxes = mailboxes;
        return this;
    }

    public TestServices chronicle(Chronicle chronicle) {
        this.chronicle = chronicle;
        return this;
    }

    public TestServices calls(ServiceCalls calls) {
        this.calls = calls;
        return this;
    }

    /** Everybody may wait for anything, for a minute. */
    public static Registrations noRegistrations() {
        return new LocalRegistrations(
                new WebFlowSettings(
                        WebFlowSettings.Mode.OPEN,
                        8,
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(1),
                        100),
                Ticker.systemTicker(),
                (delay, task) -> {},
                _ -> {});
    }

    public TestServices registrations(Registrations registrations) {
        this.registrations = registrations;
        return this;
    }

    /** What is worked off; those of several sessions are the same. */
    public TestServices queues(WorkQueues queues) {
        this.queues = queues;
        return this;
    }

    public TestServices rooms(ChatRooms rooms) {
        this.rooms = rooms;
        return this;
    }

    public SessionServices build() {
        return new SessionServices(
                verifier,
                revocations,
                registry,
                new Dialects(dialects.isEmpty() ? List.of(new CellsDialect(mapper)) : dialects),
                new Detector(mapper),
                clock,
                timers,
                userLimit,
                listener,
                limits,
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
                calls,
                calls,
                signInAttempts,
                Lifecycle.NOBODY,
                rooms,
                registrations,
                queues);
    }
}
