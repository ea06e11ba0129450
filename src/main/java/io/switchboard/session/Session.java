package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.View;
import io.switchboard.chat.ChatCommand;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.PlainError;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.TopicName;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscriber;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.presence.Presence;
import io.switchboard.service.Actor;
import io.switchboard.service.Grant;
import io.switchboard.service.Introduction;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.service.SubscriptionChange;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One client connection: who it is, what it may see, and what waits for it.
 *
 * <p>Promise: nothing is handed to the transport that the claims of that instant do not allow. What was queued under other
 * claims is taken out when they change or expire; the publication's guard is asked when it is queued, and expiry again
 * when it is handed over.
 *
 * <p>Every method is called on the event loop that owns the session, but for {@link #id} and {@link #loop}.
 */
public final class Session implements Subscriber {
    private static final Logger LOG = Logger.getLogger(Session.class);

    /** Verifications that one connection may have running; a newer token replaces one that waits. */
    private static final int VERIFICATIONS = 2;

    /** How long the peer has to answer a close frame. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

    /** RFC 6455, 7.1.5: what stands for a close frame that was not sent. */
    private static final int ABNORMAL = 1006;

    /** A session that is behind is spared older values when more waits for it than so many frames, or so many bytes. */
    private static final int LAGGING_FRAMES = 16;

    private static final int LAGGING_BYTES = 16 * 1024;

    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** Timers run in steps of at most this, so that a clock that was set is noticed. */
    private static final Duration LONGEST_TIMER = Duration.ofHours(1);

    private enum Phase {
        OPEN,
        CLOSING,
        CLOSED
    }

    /** Statuses of errors that a client could have avoided. */
    private static final Set<Integer> FAULTS_OF_CLIENTS = Set.of(400, 401, 403);

    private static final String TOO_MANY = "you send too many of these: wait before the next";

    private static final String TOO_MANY_ATTEMPTS = "too many tried to sign in like this: wait before the next";

    private static final String REVOKED = "the session was revoked";

    private final UUID id = UUID.randomUUID();
    private final Instant since;
    private final SessionServices services;
    private final Transport transport;
    private final Shard shard;
    private final Flusher flusher;
    private final OutboundQueue queue;
    private final Roster roster;

    private Phase phase = Phase.OPEN;
    private Dialect dialect;
    private Conversation conversation;

    /** As it was agreed; null: nothing was. */
    private HeartBeats heartBeats;

    private Claims claims;
    private long expiresAtMillis;
    /** The guard that these claims passed last: most often the next publication has the same. */
    private Guard allowed;

    private Subscription[] subscriptions = {};
    private HeldView[] views = {};

    private int signInGeneration;
    private int verifying;
    private String waitingToken;

    private Timers.Timer timer;
    private long signInDeadlineNanos;

    /** When the budget for what may be dropped is whole again, by the loop's clock. */
    private long droppableNanos;

    /** The last writing left something: the socket does not take everything at once. */
    private boolean behind;

    /** What it has gone without since it fell behind; null: nothing. */
    private Missed missed;

    /** Holds one of the places for connections that are not signed in. */
    private boolean unauthenticated = true;

    private int errorsInARow;

    /** What the client chose to hear of, and what it asks for; null: its dialect has no such thing. */
    private ClientTopics topics;

    private CommandDesk desk;

    /** How many commands came; null: its dialect has no desk. */
    private CommandRates.OfSession rates;

    /** How the client wants to be spoken to. */
    private Manner manner = Manner.USUAL;

    /** Whether the client says itself which messages to its user it has. */
    private boolean acknowledges;

    /** What is written to its user; null: the client is not shown it, or nobody is signed in. */
    private LetterReceiver letters;

    /** Whether the client has asked to be shown it. */
    private boolean wantsLetters;

    /** The rooms it is in; null: its dialect has no such thing. */
    private ChatDesk chat;

    /** The operations that it waits for; null: it has never asked for one. */
    private OperationDesk operations;

    /** The queues that it works off and sends to; null: it has never asked for one. */
    private WorkDesk work;

    /** What its socket was not given yet of what it works off. */
    private HandOvers workHandOvers;

    /** Newer tokens; null: its dialect has no way to say them. */
    private TokenRenewal renewal;

    /** Something is under way that the commands behind it wait for. */
    private boolean holding;

    private final Deque<Supplier<List<Command>>> held = new ArrayDeque<>();

    /** Subscriptions that ended with claims, and that the client has not been told of. */
    private final List<TopicName> lost = new ArrayList<>();

    /** Who was signed in last; null: nobody. */
    private String lastUser;

    /** Why the session was closed here; null: it was not. */
    private CloseCode closedFor;

    /** Whether the client was told that its token ends soon. */
    private boolean warned;

    private final SessionRecord record = new SessionRecord();

    private boolean marked;
    /** Where the listener believes the session to stand; null: nowhere. */
    private Standing standing;
    /** Owned by the flusher. */
    long accounted;
    /** Owned by the roster. */
    int place;
    /** The withdrawal that these claims have taken into account, with all before it. */
    private long seen;

    public Session(Transport transport, Shard shard, Flusher flusher, SessionServices services) {
        this.transport = requireNonNull(transport, "transport");
        this.shard = requireNonNull(shard, "shard");
        this.flusher = requireNonNull(flusher, "flusher");
        this.queue = new OutboundQueue(flusher.frames());
        this.services = requireNonNull(services, "services");
        this.droppableNanos = shard.loop().nanoTime();
        this.roster = services.registry().roster(shard.loop());
        this.since = services.clock().instant();
        flusher.reportTo(services.listener());
    }

    /** By what an operator names the session: nobody can guess it. Any thread. */
    public UUID id() {
        return id;
    }

    /** The loop that owns the session. Any thread. */
    Loop loop() {
        return shard.loop();
    }

    /**
     * Begins the session.
     *
     * @param opening what the upgrade request said
     */
    public void open(Opening opening) {
        services.listener().opened();
        services.lifecycle().opened(id, opening.kind());
        roster.add(this);
        seen = roster.latest();
        stand();
        awaitSignIn();
        manner = opening.manner();
        acknowledges = opening.acknowledges();
        opening.kind().ifPresent(this::choose);
        if (phase == Phase.OPEN && opening.claims().isPresent()) {
            enter(opening.claims().get());
        }
    }

    private void askForToken() {
        close(CloseCode.UNAUTHENTICATED, "connect with a token: this protocol has no message to sign in");
    }

    /** Takes claims that were verified before there was a session, and greets. */
    private void enter(Claims verified) {
        try {
            take(admit(verified));
        } catch (TokenRejectedException e) {
            refuse(e);
            return;
        }
        if (phase == Phase.OPEN) {
            send(conversation.notice(new Notice.Welcome(id, services.clock().instant())));
        }
    }

    /** Whether neither side has ended it. */
    public boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /** The claims in force. */
    public Optional<Claims> claims() {
        return Optional.ofNullable(claims);
    }

    /** Whether the user who is signed in is called so, by login or by subject. */
    boolean isOf(String user) {
        return claims != null && claims.isOf(user);
    }

    SessionFacts facts() {
        return new SessionFacts(
                id,
                claims().map(Claims::username),
                claims().map(Claims::subject),
                Optional.ofNullable(dialect).map(known -> known.kind().wireName()),
                since,
                claims().map(Claims::expiresAt),
                transport.address(),
                subscriptions.length + (topics == null ? 0 : topics.active()) + (chat == null ? 0 : chat.active()),
                queue.bytes() + transport.pendingBytes(),
                Optional.empty());
    }

    /** A whole text message arrived. */
    public void onText(String text) {
        if (phase != Phase.OPEN) {
            return;
        }
        heard();
        if (dialect == null) {
            Optional<DialectKind> kind = services.detector().detect(text);
            if (kind.isEmpty()) {
                close(CloseCode.POLICY, "the first message is of no protocol that is spoken here");
                return;
            }
            choose(kind.get());
            if (phase != Phase.OPEN) {
                return;
            }
            if (dialect.signsInAtUpgrade()) {
                askForToken();
                return;
            }
        }
        receive(() -> conversation.commands(text));
    }

    private void heard() {
        if (heartBeats != null) {
            heartBeats.heard();
        }
    }

    /**
     * A whole binary message arrived.
     *
     * @param content valid during the call only
     */
    public void onBinary(ByteBuf content) {
        if (phase != Phase.OPEN) {
            return;
        }
        heard();
        Optional<List<Command>> commands = conversation == null ? Optional.empty() : conversation.commands(content);
        if (commands.isEmpty()) {
            close(CloseCode.UNSUPPORTED_DATA, "binary messages are not spoken here");
            return;
        }
        receive(commands::get);
    }

    /** Commands are carried out in their order: those behind one that takes time may have to wait for it. */
    private void receive(Supplier<List<Command>> message) {
        if (holding) {
            held.add(message);
        } else {
            execute(message.get());
        }
    }

    private void execute(List<Command> commands) {
        for (int i = 0; i < commands.size() && phase == Phase.OPEN; i++) {
            if (holding) {
                List<Command> rest = commands.subList(i, commands.size());
                held.addFirst(() -> rest);
                return;
            }
            execute(commands.get(i));
        }
    }

    private void execute(Command command) {
        switch (command) {
            case Command.SignIn(String token) -> {
                errorsInARow = 0;
                signIn(token);
            }
            case Command.Authenticate(Request request, Optional<String> token) -> authenticate(request, token);
            case Command.AuthenticateBy by -> authenticateBy(by);
            case Command.Verify(Request request, String token) -> verify(request, token);
            case Command.As as -> as(as);
            case Command.Consume consume ->
                withClaims(CommandKind.QUEUE, consume.request(), () -> work().consume(consume));
            case Command.Exchange exchange ->
                withClaims(CommandKind.QUEUE, exchange.request(), () -> work().exchange(exchange));
            case Command.Abandon abandon ->
                withClaims(CommandKind.QUEUE, abandon.request(), () -> work().abandon(abandon));
            case Command.Enqueue enqueue ->
                withClaims(CommandKind.QUEUE, enqueue.request(), () -> work().enqueue(enqueue, claims));
            case Command.Finish finish -> work().finish(finish);
            case Command.Return unable -> work().giveBack(unable);
            case Command.Leave(Request request) -> {
                // what was answered before is handed over before
                flush(services.clock().millis());
                close(CloseCode.NORMAL, conversation.reply(request, new Reply.Done()));
            }
            case Command.Listen listen -> listen(listen);
            case Command.Register(Request request, String operation) -> register(request, operation);
            case Command.SignOut() -> {
                errorsInARow = 0;
                signOut();
            }
            case Command.Malformed(String reason) -> close(CloseCode.PROTOCOL, reason);
            case Command.Ignored() -> {
                // by the protocol
            }
            case Command.Answered(List<Frame> answer) -> {
                errorsInARow = 0;
                send(answer);
            }
            case Command.Refused(Request request, Reply.Failed error) -> reply(request, error);
            case Command.Denied(Request request, Reply.Failed error) ->
                withClaims(CommandKind.CALL, request, () -> reply(request, error));
            case Command.Refresh(Request request, String token) -> refresh(request, token);
            case Command.Subscribe subscribe ->
                withClaims(CommandKind.SUBSCRIBE, subscribe.request(), () -> desk.subscribe(subscribe));
            case Command.Unsubscribe unsubscribe ->
                withClaims(CommandKind.SUBSCRIBE, unsubscribe.request(), () -> desk.unsubscribe(unsubscribe));
            case Command.Publish publish ->
                withClaims(CommandKind.BROADCAST, publish.request(), () -> desk.publish(publish));
            case Command.Direct direct -> withClaims(CommandKind.DIRECT, direct.request(), () -> desk.direct(direct));
            case Command.Appear appear -> withClaims(CommandKind.PRESENCE, appear.request(), () -> desk.appear(appear));
            case Command.WhoIsThere question ->
                withClaims(CommandKind.PRESENCE, question.request(), () -> desk.whoIsThere(question));
            case Command.Acknowledge(UUID message) ->
                claims().ifPresent(own -> services.mailboxes().acknowledged(own.username(), message));
            case Command.History history ->
                withClaims(CommandKind.HISTORY, history.request(), () -> desk.history(history));
            case Command.Call call -> withClaims(CommandKind.CALL, call.request(), () -> desk.call(call, claims));
            case Command.Chat(Request request, ChatCommand room) -> chat(request, room);
        }
    }

    private void chat(Request request, ChatCommand command) {
        if (claims == null || chat == null) {
            reply(request, new Reply.Failed(401, "sign in first: send subscribe with a token"));
            return;
        }
        hold();
        CompletionStage<Reply> _ = chat.execute(command)
                .whenCompleteAsync(
                        (reply, _) -> {
                            catchUp();
                            reply(request, reply);
                            goOn();
                        },
                        shard.loop()::execute);
    }

    /** Lets later commands wait; nothing more is read meanwhile. */
    private void hold() {
        holding = true;
        transport.hold(true);
    }

    /** Carries out what waited. */
    private void goOn() {
        if (!holding) {
            return;
        }
        holding = false;
        transport.hold(false);
        while (!holding && phase == Phase.OPEN && !held.isEmpty()) {
            execute(held.remove().get());
        }
    }

    /** Carries out what needs claims, unless there was too much of its kind. */
    private void withClaims(CommandKind kind, Request request, Runnable command) {
        if (claims == null || desk == null) {
            reply(request, Reply.Failed.SIGN_IN_FIRST);
            return;
        }
        withClaims(kind, request, claims, command);
    }

    /** The same for whoever it is. */
    private void withClaims(CommandKind kind, Request request, Claims who, Runnable command) {
        long nanos = rates.take(kind, who.username(), shard.loop().nanoTime());
        if (nanos > 0) {
            services.listener().limited(kind);
            reply(request, new Reply.Failed(429, TOO_MANY, "", OptionalLong.of(millisOf(nanos))));
        } else {
            command.run();
        }
    }

    /** Rounded up: who waits for so long has waited long enough. */
    private static long millisOf(long nanos) {
        return (nanos + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    }

    private void send(List<Frame> frames) {
        for (Frame frame : frames) {
            if (phase != Phase.OPEN) {
                return;
            }
            queue.add(flusher.frames().place(frame));
            queued();
        }
    }

    /** Answers a command, late or at once. Who does nothing but fail is not kept for ever. */
    private void reply(Request request, Reply reply) {
        if (phase != Phase.OPEN) {
            return;
        }
        if (conversation.endsWith(request, reply)) {
            close(
                    reply instanceof Reply.Failed failed ? CloseCode.of(failed.status()) : CloseCode.POLICY,
                    conversation.reply(request, reply));
            return;
        }
        if (reply instanceof Reply.Failed failed
                && FAULTS_OF_CLIENTS.contains(failed.status())
                && !dialect.hasRooms()) {
            errorsInARow++;
            if (services.limits().errorsInARow() > 0
                    && errorsInARow > services.limits().errorsInARow()) {
                close(CloseCode.POLICY, "too many errors in a row");
                return;
            }
        } else {
            errorsInARow = 0;
        }
        send(conversation.reply(request, reply));
    }

    private void choose(DialectKind kind) {
        Optional<Dialect> found = services.dialects().find(kind);
        if (found.isPresent()) {
            dialect = found.get();
            conversation = dialect.begin(manner);
            send(conversation.opening());
            if (dialect.hasSubscriptions()) {
                topics = new ClientTopics(shard, services.past(), this, new TopicsHost());
                desk = new CommandDesk(services, topics, new DeskHost());
                rates = services.rates().begin(shard.loop().nanoTime());
            }
            if (dialect.hasRooms()) {
                chat = new ChatDesk(
                        services.rooms(), shard, this, services.limits().chat(), new ChatHost());
            }
            if (dialect.renewsTokens()) {
                renewal = new TokenRenewal(
                        services.ownCalls(),
                        services.limits().work().renewEvery(),
                        services.clock(),
                        new RenewalHost());
            }
            stand();
        } else {
            close(CloseCode.POLICY, "the protocol " + kind.wireName() + " is not available on this server");
        }
    }

    /** What a service changes of what the client hears of; empty: it has no subscriptions. */
    Optional<Integer> change(SubscriptionChange change, Optional<Grant> grant) {
        if (phase != Phase.OPEN || claims == null || desk == null) {
            return Optional.empty();
        }
        desk.apply(Optional.of(change), grant);
        return Optional.of(topics.active());
    }

    // Signing in and out

    private void signIn(String token) {
        signInGeneration++;
        if (verifying < VERIFICATIONS) {
            verify(token);
        } else {
            waitingToken = token;
        }
    }

    private void verify(String token) {
        int generation = signInGeneration;
        verifying++;
        if (dialect.hasRooms()) {
            hold();
        }
        verification(token)
                .whenComplete(
                        (verified, failure) -> shard.loop().execute(() -> verified(generation, verified, failure)));
    }

    private CompletionStage<Claims> verification(String token) {
        try {
            return services.verifier().verify(token);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    // Beginning, where the client is answered

    private void authenticate(Request request, Optional<String> token) {
        if (token.isEmpty()) {
            authenticated(request);
            return;
        }
        hold();
        authenticate(request, token.get(), () -> authenticated(request));
    }

    /** @param then says that it is done */
    private void authenticate(Request request, String token, Runnable then) {
        verification(token)
                .whenComplete((verified, failure) -> shard.loop()
                        .execute(() -> authenticated(request, Optional.ofNullable(verified), failure, then)));
    }

    private void authenticated(Request request, Optional<Claims> verified, Throwable failure, Runnable then) {
        catchUp();
        if (phase != Phase.OPEN) {
            return;
        }
        if (verified.isEmpty()) {
            services.listener().signInRefused();
            reply(request, rejected(Causes.of(failure)));
        } else {
            try {
                take(admit(verified.get()));
                tellLost();
                then.run();
            } catch (TokenRejectedException e) {
                services.listener().signInRefused();
                reply(request, rejected(e));
            }
        }
        goOn();
    }

    private void authenticated(Request request) {
        reply(request, new Reply.Authenticated(id, claims()));
        beginHeartBeats();
    }

    private void beginHeartBeats() {
        if (phase == Phase.OPEN
                && heartBeats == null
                && conversation.heartBeat().isPresent()) {
            heartBeats = new HeartBeats(conversation.heartBeat().get(), new HeartBeatsHost());
            heartBeats.begin();
        }
    }

    // A token that does not sign in

    private void verify(Request request, String token) {
        hold();
        verification(token)
                .whenComplete((verified, failure) -> shard.loop().execute(() -> {
                    if (phase == Phase.OPEN) {
                        admitted(request, verified, failure)
                                .ifPresent(admitted -> reply(request, new Reply.Verified(token, admitted)));
                        goOn();
                    }
                }));
    }

    /** Claims that count now; empty: they do not, and the client was told why. */
    private Optional<Claims> admitted(Request request, Claims verified, Throwable failure) {
        if (failure != null) {
            reply(request, rejected(Causes.of(failure)));
            return Optional.empty();
        }
        try {
            return Optional.of(admit(verified));
        } catch (TokenRejectedException e) {
            reply(request, rejected(e));
            return Optional.empty();
        }
    }

    private void as(Command.As command) {
        hold();
        verification(command.token())
                .whenComplete((verified, failure) -> shard.loop().execute(() -> {
                    catchUp();
                    if (phase == Phase.OPEN) {
                        admitted(command.request(), verified, failure).ifPresent(who -> as(command, who));
                        goOn();
                    }
                }));
    }

    private void as(Command.As command, Claims who) {
        if (command.lasts() && (claims == null || !claims.subject().equals(who.subject()))) {
            reply(
                    command.request(),
                    claims == null
                            ? Reply.Failed.SIGN_IN_FIRST
                            : new Reply.Failed(403, "the token is another user's: sign in with it for what lasts"));
            return;
        }
        switch (command.command()) {
            case Command.Call call -> withClaims(CommandKind.CALL, call.request(), who, () -> desk.call(call, who));
            case Command.Enqueue enqueue ->
                withClaims(CommandKind.QUEUE, enqueue.request(), who, () -> work().enqueue(enqueue, who));
            default -> execute(command.command());
        }
    }

    // The same, where a service has the token

    private void authenticateBy(Command.AuthenticateBy command) {
        long nanos = services.signInAttempts().take(transport.address(), command.name());
        if (nanos > 0) {
            services.listener().signInRefused();
            reply(command.request(), new Reply.Failed(429, TOO_MANY_ATTEMPTS, "", OptionalLong.of(millisOf(nanos))));
            return;
        }
        hold();
        Actor nobody = new Actor(id, dialect.kind().wireName(), Optional.empty());
        services.calls()
                .call(new ServiceCall(command.service(), nobody, command.payload(), Optional.empty()))
                .whenComplete((answer, failure) -> shard.loop().execute(() -> introduced(command, answer, failure)));
    }

    private void introduced(Command.AuthenticateBy command, ServiceAnswer answer, Throwable failure) {
        Request request = command.request();
        if (phase != Phase.OPEN) {
            return;
        }
        if (failure != null) {
            LOG.error("service call failed unexpectedly", Redacted.of(failure));
        }
        Optional<Introduction> introduction =
                answer instanceof ServiceAnswer.Reply reply ? Introduction.of(reply) : Optional.empty();
        if (introduction.isPresent()) {
            // its word alone signs nobody in
            String token = introduction.get().token();
            if (command.stays()) {
                verify(request, token);
            } else {
                authenticate(request, token, () -> introduced(request, introduction.get()));
            }
            return;
        }
        services.listener().signInRefused();
        reply(
                request,
                switch (answer) {
                    case null -> new Reply.Failed(500, "the service failed");
                    case ServiceAnswer.Failure(int status, String message) -> new Reply.Failed(status, message);
                    case ServiceAnswer.Unknown() -> Reply.Failed.NO_SUCH_SERVICE;
                    case ServiceAnswer.Reply _ -> new Reply.Failed(401, "the service did not sign you in");
                });
        goOn();
    }

    private void introduced(Request request, Introduction introduction) {
        // or the user has too many connections
        if (claims != null) {
            if (desk != null) {
                desk.apply(introduction.subscriptions(), introduction.grant());
            }
            reply(request, new Reply.Introduced(introduction.token(), claims, introduction.rest()));
            beginHeartBeats();
        }
    }

    // What is for the client alone

    private void listen(Command.Listen listen) {
        switch (listen.what()) {
            case LETTERS -> {
                if (claims == null) {
                    reply(listen.request(), Reply.Failed.SIGN_IN_FIRST);
                    return;
                }
                stopLetters();
                if (listen.on()) {
                    acknowledges = listen.acknowledges();
                    startLetters();
                }
                wantsLetters = listen.on();
            }
            case AUTHORIZATIONS -> operations().listen(listen.on());
        }
        reply(listen.request(), new Reply.Done());
    }

    private OperationDesk operations() {
        if (operations == null) {
            operations = new OperationDesk(services.registrations(), new OperationHost());
        }
        return operations;
    }

    private void register(Request request, String operation) {
        operations().register(operation, succeeded -> {
            if (succeeded && phase == Phase.OPEN) {
                // an operation is somebody, as far as staying goes
                leaveTheUnauthenticated();
            }
            reply(request, new Reply.Registered(operation, succeeded));
        });
    }

    private WorkDesk work() {
        if (work == null) {
            workHandOvers = new HandOvers(queue);
            work = new WorkDesk(services, new WorkHost());
        }
        return work;
    }

    /** A service has a newer token; only one of the same subject counts. */
    private void renewed(String token) {
        verification(token)
                .whenComplete((verified, failure) -> shard.loop().execute(() -> {
                    catchUp();
                    if (phase != Phase.OPEN || failure != null || holding) {
                        return;
                    }
                    if (renew(verified) instanceof Reply.Refreshed(var _, List<TopicName> dropped)) {
                        lost.addAll(dropped);
                        tellLost();
                        send(conversation.notice(new Notice.Renewed(token, claims)));
                    }
                }));
    }

    private void leaveTheUnauthenticated() {
        if (unauthenticated) {
            unauthenticated = false;
            services.userLimit().releaseUnauthenticated();
        }
    }

    private void startLetters() {
        letters = new LetterReceiver(claims.username());
        services.mailboxes().connect(claims.username(), letters);
    }

    // Going on with another token

    private void refresh(Request request, String token) {
        hold();
        verification(token)
                .whenComplete((verified, failure) ->
                        shard.loop().execute(() -> refreshed(request, Optional.ofNullable(verified), failure)));
    }

    private void refreshed(Request request, Optional<Claims> verified, Throwable failure) {
        catchUp();
        if (phase != Phase.OPEN) {
            return;
        }
        reply(request, verified.isPresent() ? renew(verified.get()) : rejected(Causes.of(failure)));
        goOn();
    }

    private Reply renew(Claims verified) {
        if (claims == null || !claims.subject().equals(verified.subject())) {
            return new Reply.Failed(403, "the token is another user's: open another connection for it");
        }
        Claims admitted;
        try {
            admitted = admit(verified);
        } catch (TokenRejectedException e) {
            return rejected(e);
        }
        take(admitted);
        List<TopicName> dropped = List.copyOf(lost);
        lost.clear();
        return new Reply.Refreshed(admitted.expiresAt(), dropped);
    }

    private static Reply.Failed rejected(Throwable failure) {
        if (failure instanceof TokenRejectedException rejected) {
            return rejected.reason() == Reason.UNAVAILABLE
                    ? new Reply.Failed(503, rejected.getMessage())
                    : new Reply.Failed(401, rejected.getMessage());
        }
        LOG.error("verification failed unexpectedly", Redacted.of(failure));
        return new Reply.Failed(500, "the token could not be verified");
    }

    private void verified(int generation, Claims verified, Throwable failure) {
        verifying--;
        if (waitingToken != null) {
            String token = waitingToken;
            waitingToken = null;
            verify(token);
        }
        catchUp();
        if (phase != Phase.OPEN || generation != signInGeneration) {
            return;
        }
        if (failure != null) {
            refuse(Causes.of(failure));
            return;
        }
        try {
            take(admit(verified));
            goOn();
        } catch (TokenRejectedException e) {
            refuse(e);
        }
    }

    /** Claims that were verified a moment ago, as they count now: something may have been withdrawn since, or they ended. */
    private Claims admit(Claims verified) throws TokenRejectedException {
        if (!services.clock().instant().isBefore(verified.expiresAt())) {
            throw new TokenRejectedException(Reason.EXPIRED);
        }
        return services.revocations().admit(verified);
    }

    private void refuse(Throwable failure) {
        services.listener().signInRefused();
        if (failure instanceof TokenRejectedException rejected) {
            close(
                    rejected.reason() == Reason.UNAVAILABLE ? CloseCode.OVERLOADED : CloseCode.UNAUTHENTICATED,
                    rejected.getMessage());
        } else {
            LOG.error("verification failed unexpectedly", Redacted.of(failure));
            close(CloseCode.INTERNAL, "the token could not be verified");
        }
    }

    private void take(Claims next) {
        if (claims != null && !claims.subject().equals(next.subject())) {
            dropClaims();
        }
        boolean sameUser = claims != null && claims.username().equals(next.username());
        if (!sameUser && !services.userLimit().acquire(next.username())) {
            close(CloseCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_CONNECTIONS.reason());
            return;
        }
        leaveTheUnauthenticated();
        boolean first = claims == null;
        if (!first && !sameUser) {
            services.userLimit().release(claims.username());
            services.rooms().colleagues().absent(id, claims.username());
            services.presences().leave(claims.username());
            shareTopics(claims.username(), next.username());
            stopLetters();
            if (chat != null) {
                chat.leaveAll();
            }
            if (work != null) {
                work.clear();
            }
        }
        if (!sameUser) {
            services.presences().arrive(next.username());
        }
        replace(next);
        expiresAtMillis = millis(next.expiresAt());
        warned = false;
        dropForbidden();
        awaitExpiry();
        if (renewal != null) {
            renewal.begin(next);
        }
        if (letters == null && (dialect.takesLetters() || wantsLetters)) {
            startLetters();
        }
        if (first) {
            // only now: whoever hears of it may count on what is published from here on
            services.listener().signedIn();
            lastUser = next.username();
            services.lifecycle().authenticated(id, dialect.kind(), next);
        }
    }

    private void replace(Claims next) {
        changing();
        if (desk != null) {
            lost.addAll(desk.claimsChanged(next));
        }
        services.rooms().colleagues().present(id, next);
        resubscribe(next);
        if (chat != null) {
            chat.claimsChanged(next);
        }
        if (work != null) {
            work.claimsChanged(next);
        }
    }

    /** What it holds is about to be something else: what it was is remembered, if it was that for any event. */
    private void changing() {
        long now = services.past().last().offset();
        if (claims != null && now > record.since()) {
            services.chronicle()
                    .add(new Stood(
                            id,
                            dialect.kind(),
                            claims,
                            patterns(),
                            record.since(),
                            now,
                            phase == Phase.OPEN
                                    ? Optional.empty()
                                    : Optional.of(closedFor == null ? CloseCode.NORMAL : closedFor),
                            phase == Phase.OPEN ? 0 : queue.oldest()));
        }
        record.changed(now);
    }

    private List<Pattern> patterns() {
        if (topics != null) {
            return topics.patterns();
        }
        return chat == null ? List.of() : chat.patterns();
    }

    /** Why an event did, or did not, reach it, as things still are; empty: it has held something else since. */
    Optional<Verdict> verdict(Trial trial) {
        long offset = trial.offset();
        if (claims == null || offset <= record.since()) {
            return Optional.empty();
        }
        Trial.Finding finding = trial.of(id, dialect, claims, patterns(), this::permits);
        Verdict.Outcome outcome = finding.against().orElseGet(() -> {
            if (finding.meant().stream().noneMatch(this::shows)) {
                return Verdict.Outcome.NOT_SUBSCRIBED;
            }
            if (queue.holds(offset)) {
                return Verdict.Outcome.WAITING;
            }
            if (record.wasLeftOut(offset)) {
                return Verdict.Outcome.LEFT_OUT;
            }
            return finding.mayBeReplaced() && offset <= queue.replacedUpTo()
                    ? Verdict.Outcome.HANDED_OVER_OR_REPLACED
                    : Verdict.Outcome.HANDED_OVER;
        });
        return Optional.of(new Verdict(id, claims.username(), dialect.kind().wireName(), outcome));
    }

    /** Subscribes to what these claims imply in place of what others did, or of what less was asked for. */
    private void resubscribe(Claims next) {
        Subscription[] formerSubscriptions = subscriptions;
        HeldView[] formerViews = views;
        subscribe(next);
        claims = next;
        stand();
        allowed = null;
        // Only now: the hub must see no moment in which what both claims allow has no subscriber.
        unsubscribe(formerSubscriptions, formerViews);
    }

    private void subscribe(Claims next) {
        List<Subscription> nextSubscriptions = new ArrayList<>();
        List<HeldView> nextViews = new ArrayList<>();
        dialect.implied(id, next, new Interests() {
            @Override
            public void view(View view, Pace pace) {
                if (topics != null && !topics.wants(pace.topicOf(view.uuid()))) {
                    return;
                }
                HeldView held = shard.hold(view, pace);
                nextViews.add(held);
                nextSubscriptions.add(shard.subscribe(held.topic(), held.guard(), Session.this));
            }

            @Override
            public void topic(Topic topic, Guard guard) {
                if (topics != null && !topic.kind().isOfAudience() && !topics.wants(topic)) {
                    return;
                }
                nextSubscriptions.add(shard.subscribe(topic, guard, Session.this));
            }
        });
        subscriptions = nextSubscriptions.toArray(Subscription[]::new);
        views = nextViews.toArray(HeldView[]::new);
    }

    private void unsubscribe(Subscription[] formerSubscriptions, HeldView[] formerViews) {
        for (Subscription subscription : formerSubscriptions) {
            shard.unsubscribe(subscription);
        }
        for (HeldView view : formerViews) {
            shard.release(view);
        }
    }

    private void signOut() {
        signInGeneration++;
        waitingToken = null;
        if (claims == null) {
            return;
        }
        dropClaims();
        unauthenticated = services.userLimit().acquireUnauthenticated();
        if (unauthenticated) {
            awaitSignIn();
        } else {
            close(CloseCode.OVERLOADED, "too many connections wait for a sign-in");
        }
    }

    private void dropClaims() {
        if (claims == null) {
            return;
        }
        changing();
        services.userLimit().release(claims.username());
        services.rooms().colleagues().absent(id, claims.username());
        services.presences().leave(claims.username());
        stopLetters();
        if (desk != null) {
            desk.clear();
            lost.clear();
        }
        claims = null;
        allowed = null;
        if (work != null) {
            work.clear();
        }
        if (chat != null) {
            if (phase == Phase.OPEN) {
                chat.leaveAll();
            } else {
                chat.lost();
            }
        }
        missed = null;
        Subscription[] formerSubscriptions = subscriptions;
        HeldView[] formerViews = views;
        subscriptions = new Subscription[0];
        views = new HeldView[0];
        unsubscribe(formerSubscriptions, formerViews);
        dropForbidden();
        services.listener().signedOut();
        stand();
    }

    /** Tells the listener where the session stands, if that has changed. */
    private void stand() {
        Standing now = phase == Phase.CLOSED
                ? null
                : Standing.of(
                        Optional.ofNullable(dialect).map(Dialect::kind),
                        phase == Phase.CLOSING
                                ? Standing.State.CLOSING
                                : claims == null ? Standing.State.WAITING : Standing.State.SIGNED_IN);
        if (!Objects.equals(now, standing)) {
            if (standing != null) {
                services.listener().left(standing);
            }
            if (now != null) {
                services.listener().entered(now);
            }
            standing = now;
        }
    }

    // What others take away

    /** Brings the claims up to date with what was withdrawn; may end the session. */
    void catchUp() {
        if (seen == roster.latest()) {
            return;
        }
        long since = seen;
        seen = roster.latest();
        if (claims == null) {
            return;
        }
        Left left = new Left(claims);
        roster.forPending(since, left::take);
        if (left.revoked) {
            revoke();
        } else if (left.narrowed) {
            narrow(left.claims, left.announcedAt);
        }
    }

    /** What withdrawals leave of claims. */
    private static final class Left {
        private Claims claims;
        private boolean narrowed;
        private boolean revoked;
        private final Set<Position> announcedAt = new HashSet<>();

        private Left(Claims claims) {
            this.claims = claims;
        }

        private boolean take(Withdrawal withdrawal) {
            if (revoked || !withdrawal.concerns(claims)) {
                return false;
            }
            switch (withdrawal) {
                case Withdrawal.OfEntitlement one -> {
                    claims = claims.without(one.entitlement()::equals);
                    narrowed = true;
                    one.announcedAt().ifPresent(announcedAt::add);
                }
                case Withdrawal.OfUser _, Withdrawal.OfToken _ -> revoked = true;
            }
            return true;
        }
    }

    /**
     * Replaces the claims by a part of themselves.
     *
     * @param announcedAt events that tell of the loss: they were for those who had what is lost
     */
    private void narrow(Claims next, Set<Position> announcedAt) {
        Claims former = claims;
        replace(next);
        tellLost();
        drop(publication -> publication.guard().allows(former)
                && !publication.guard().allows(next)
                && !announcedAt.contains(publication.position()));
        if (renewal != null) {
            renewal.ask();
        }
    }

    /** Tells the client which of its subscriptions ended, if it has not been told. */
    private void tellLost() {
        if (!lost.isEmpty()) {
            List<TopicName> names = List.copyOf(lost);
            lost.clear();
            send(conversation.notice(new Notice.Dropped(names, topics.active())));
        }
    }

    /** Somebody has ended the session, and not the client. */
    void revoke() {
        List<Frame> told = dialect == null ? List.of() : conversation.notice(new Notice.Revoked());
        close(CloseCode.FORBIDDEN, told.isEmpty() ? closing(CloseCode.FORBIDDEN, REVOKED) : told);
    }

    /** Takes out of the queue what the claims do not allow any more. */
    private void dropForbidden() {
        drop(publication -> !permits(publication.guard()));
    }

    /** Whether it may see what has this guard, as things stand. */
    private boolean permits(Guard guard) {
        return claims != null
                && (guard.allows(claims)
                        || (guard instanceof Guard.IsSession(UUID other) && other.equals(id))
                        || (desk != null && (desk.grants(claims, guard) || desk.admits(claims, guard)))
                        || (chat != null && chat.admits(claims, guard)));
    }

    private void drop(Predicate<Publication> forbidden) {
        if (queue.isEmpty()) {
            return;
        }
        int before = queue.size();
        queue.retain(forbidden.negate());
        if (queue.size() < before) {
            services.listener().dropped(before - queue.size());
            recount();
            if (missed != null && phase == Phase.OPEN) {
                // perhaps it has caught up by that
                mark();
            }
        }
    }

    // Time

    private void awaitSignIn() {
        cancelTimer();
        if (!services.limits().signInTimeout().isZero()) {
            signInDeadlineNanos =
                    shard.loop().nanoTime() + services.limits().signInTimeout().toNanos();
            timer = schedule(services.limits().signInTimeout());
        }
    }

    private void awaitExpiry() {
        cancelTimer();
        long due = warned ? expiresAtMillis : warnAtMillis();
        timer = schedule(Duration.ofMillis(Math.max(0, due - services.clock().millis())));
    }

    /** When the client is told that its token ends; where that is not wanted, when it does. */
    private long warnAtMillis() {
        return expiresAtMillis - services.limits().expiryWarning().toMillis();
    }

    private void warn() {
        warned = true;
        if (!services.limits().expiryWarning().isZero()) {
            send(conversation.notice(new Notice.TokenExpiring(Instant.ofEpochMilli(expiresAtMillis))));
        }
    }

    private Timers.Timer schedule(Duration delay) {
        Duration step = delay.compareTo(LONGEST_TIMER) < 0 ? delay : LONGEST_TIMER;
        return services.timers().schedule(step, () -> shard.loop().execute(this::onTimer));
    }

    /** Decides by the clocks, not by which timer it was: one that was cancelled too late does no harm. */
    private void onTimer() {
        if (phase != Phase.OPEN) {
            return;
        }
        if (claims != null) {
            long now = services.clock().millis();
            if (now >= expiresAtMillis) {
                expire();
                return;
            }
            if (!warned && now >= warnAtMillis()) {
                warn();
            }
            if (phase == Phase.OPEN) {
                awaitExpiry();
            }
        } else if (unauthenticated && !services.limits().signInTimeout().isZero()) {
            long rest = signInDeadlineNanos - shard.loop().nanoTime();
            if (rest <= 0) {
                close(
                        dialect == null ? CloseCode.POLICY : CloseCode.SIGN_IN_TIMEOUT,
                        CloseCode.SIGN_IN_TIMEOUT.reason());
            } else {
                cancelTimer();
                timer = schedule(Duration.ofNanos(rest));
            }
        }
    }

    private void expire() {
        close(CloseCode.UNAUTHENTICATED, Reason.EXPIRED.text());
    }

    private void cancelTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    private static long millis(Instant instant) {
        try {
            return instant.toEpochMilli();
        } catch (ArithmeticException _) {
            return Long.MAX_VALUE;
        }
    }

    // Delivery

    @Override
    @SuppressWarnings("ReferenceEquality") // another guard that is equal is asked like any other
    public boolean offer(Publication publication) {
        Guard guard = publication.guard();
        if (topics != null && !topics.takes(publication)) {
            return false;
        }
        if (seen != roster.latest()) {
            catchUp();
            if (!permits(guard)) {
                // it was subscribed for what it has just lost
                shard.refused();
                return false;
            }
        }
        if (guard != allowed) {
            if (claims == null || !guard.allows(claims)) {
                if (!permits(guard)) {
                    refused(guard);
                    return false;
                }
            } else {
                allowed = guard;
            }
        }
        Renderer renderer = conversation.renderer(publication);
        if (renderer == Renderer.NOTHING) {
            return false;
        }
        switch (publication.policy()) {
            case RELIABLE -> queue.add(flusher.frames().place(publication, renderer));
            case DROPPABLE -> {
                if (!hasRoomForDroppable()) {
                    leftOut(publication);
                    return false;
                }
                queue.add(flusher.frames().place(publication, renderer));
            }
            case LATEST -> {
                int place = flusher.frames().place(publication, renderer);
                if (lags()) {
                    conflated(queue.replace(publication, place));
                } else {
                    queue.add(place);
                }
            }
            case VOLATILE -> {
                if (misses(publication)) {
                    return false;
                }
                queue.add(flusher.frames().place(publication, renderer));
            }
        }
        queued();
        return phase == Phase.OPEN;
    }

    /** Whether newer values stand in for older ones: never while the socket takes everything at once. */
    private boolean lags() {
        return behind && (queue.isConflated() || queue.size() > LAGGING_FRAMES || queue.bytes() > LAGGING_BYTES);
    }

    private void leftOut(Publication publication) {
        shard.leftOut();
        record.leftOut(publication.position().offset());
    }

    private void conflated(int values) {
        for (int i = 0; i < values; i++) {
            services.listener().thinned(Thinning.CONFLATED);
        }
    }

    /**
     * Whether the session goes without a publication because it lags. Once it has, it goes without until it has caught up: what it is
     * told then stands where the gap is.
     */
    private boolean misses(Publication publication) {
        if (!behind && queue.bytes() > services.limits().droppableBytes()) {
            // perhaps the socket takes it all, and was only not given it yet
            flush(services.clock().millis());
            flusher.report();
        }
        if (missed != null && queue.isEmpty()) {
            tellMissed();
        }
        if (phase != Phase.OPEN) {
            return true;
        }
        if (missed == null) {
            if (queue.bytes() <= services.limits().droppableBytes()) {
                return false;
            }
            missed = new Missed();
        }
        missed.add(publication.shown());
        services.listener().thinned(Thinning.MISSED);
        leftOut(publication);
        return true;
    }

    /** The client has read everything that waited: it is told what it went without. */
    private void tellMissed() {
        List<Notice.Gap> gaps = missed.gaps();
        missed = null;
        for (Notice.Gap gap : gaps) {
            send(conversation.notice(gap));
        }
    }

    private void queued() {
        if (exceeds(queue.bytes())) {
            flush(services.clock().millis());
            flusher.report();
            if (phase != Phase.OPEN) {
                return;
            }
        }
        mark();
    }

    /**
     * Who was found by mistake is counted apart from who is in the audience and does not fulfil the condition, or named a room
     * that only those may hear of who may be there.
     */
    private void refused(Guard guard) {
        shard.refused();
        boolean byCondition = guard.audience() instanceof Guard.MayEnter
                || (claims != null
                        && guard instanceof Guard.Both both
                        && both.audience().allows(claims));
        if (byCondition) {
            services.listener().refusedByCondition();
        } else {
            services.listener().refusedByGuard();
        }
    }

    /**
     * Whether this session takes one more of what it may go without: not while it lags, and only so many a second. At
     * rest a second's worth is in store (the generic cell rate algorithm, ITU-T I.371, in its virtual scheduling form).
     */
    private boolean hasRoomForDroppable() {
        if (queue.bytes() > services.limits().droppableBytes()) {
            services.listener().thinned(Thinning.LAGGING);
            return false;
        }
        int perSecond = services.limits().droppablePerSecond();
        if (perSecond == 0) {
            return true;
        }
        long now = shard.loop().nanoTime();
        long next = Math.max(0, droppableNanos - now);
        if (next > NANOS_PER_SECOND - NANOS_PER_SECOND / perSecond) {
            services.listener().thinned(Thinning.OVER_BUDGET);
            return false;
        }
        droppableNanos = now + next + NANOS_PER_SECOND / perSecond;
        return true;
    }

    /** The transport can take more. */
    public void onWritable() {
        if (phase == Phase.OPEN) {
            mark();
        }
    }

    private void mark() {
        if (!marked) {
            marked = true;
            flusher.mark(this);
        }
    }

    /** Hands over what waits, if the claims still hold. */
    void flush(long nowMillis) {
        marked = false;
        catchUp();
        if (phase != Phase.OPEN) {
            return;
        }
        if (claims != null && nowMillis >= expiresAtMillis) {
            expire();
            return;
        }
        transport.write(queue);
        behind = !queue.isEmpty();
        recount();
        if (letters != null) {
            letters.handOvers.flushed();
        }
        if (workHandOvers != null) {
            workHandOvers.flushed();
        }
        if (exceeds(accounted) && !queue.isConflated()) {
            conflated(queue.conflate());
            recount();
        }
        if (exceeds(accounted)) {
            closeAsSlow();
            return;
        }
        if (missed != null && !behind) {
            tellMissed();
        }
        if (topics != null) {
            topics.flushed();
        }
    }

    private boolean exceeds(long bytes) {
        long bound = services.limits().outboundBytes();
        return bound > 0 && bytes > bound;
    }

    void recount() {
        flusher.account(this, phase == Phase.OPEN ? queue.bytes() + transport.pendingBytes() : 0);
    }

    /** Writing failed in a way that should not happen: this session ends, the others do not notice. */
    void fail(RuntimeException failure) {
        LOG.error("session failed", Redacted.of(failure));
        transport.abort();
    }

    void closeAsSlow() {
        close(CloseCode.SLOW_CONSUMER, CloseCode.SLOW_CONSUMER.reason());
    }

    // The end

    /**
     * Ends the session: tells the client why as far as its socket takes it, and forgets everything else that waited.
     *
     * @param reason for the client, in its dialect
     */
    public void close(CloseCode code, String reason) {
        close(code, closing(code, reason));
    }

    private void close(CloseCode code, List<Frame> last) {
        if (phase != Phase.OPEN) {
            return;
        }
        services.listener().closing(code);
        closedFor = code;
        end(Phase.CLOSING);
        for (Frame frame : last) {
            queue.add(flusher.frames().place(frame));
        }
        transport.write(queue);
        flusher.report();
        queue.clear();
        farewell(code);
    }

    /**
     * The server is going to go away: the client is told, if its dialect can say that.
     *
     * @param left until the session is closed
     * @param handed everything up to here was offered to the session
     */
    void departing(Duration left, Position handed) {
        if (phase == Phase.OPEN && conversation != null) {
            send(conversation.notice(
                    new Notice.Departing(left, topics == null ? Optional.of(handed) : topics.reached(handed))));
        }
    }

    /** The server is going away: no error, since nothing went wrong. */
    public void goAway() {
        if (phase != Phase.OPEN) {
            return;
        }
        flush(services.clock().millis());
        flusher.report();
        if (phase != Phase.OPEN) {
            return;
        }
        services.listener().closing(CloseCode.GOING_AWAY);
        closedFor = CloseCode.GOING_AWAY;
        end(Phase.CLOSING);
        farewell(CloseCode.GOING_AWAY);
    }

    private void farewell(CloseCode code) {
        transport.close(code);
        if (phase == Phase.CLOSING) {
            timer = services.timers().schedule(CLOSE_GRACE, () -> shard.loop().execute(this::abortIfStillThere));
        }
    }

    private List<Frame> closing(CloseCode code, String reason) {
        return dialect == null
                ? List.of(PlainError.of(reason))
                : conversation.notice(new Notice.Closing(code.status(), reason));
    }

    /** The same where the peer has sent no close frame. */
    public void onClosed() {
        onClosed(ABNORMAL);
    }

    /**
     * The connection is gone, whoever ended it.
     *
     * @param code of the peer's close frame
     */
    public void onClosed(int code) {
        if (phase == Phase.CLOSED) {
            return;
        }
        end(Phase.CLOSED);
        if (work != null) {
            services.queues().gone(id);
        }
        roster.remove(this);
        services.listener().closed();
        Optional<DialectKind> kind = Optional.ofNullable(dialect).map(Dialect::kind);
        Optional<String> user = Optional.ofNullable(lastUser);
        int how = closedFor == null ? code : closedFor.code();
        if (operations == null) {
            services.lifecycle().closed(id, kind, user, how, List.of());
        } else {
            CompletionStage<Void> _ = operations
                    .end(closedFor != null || code != ABNORMAL)
                    .thenAccept(held -> services.lifecycle().closed(id, kind, user, how, held));
        }
    }

    private void end(Phase last) {
        phase = last;
        signInGeneration++;
        waitingToken = null;
        if (holding) {
            // or nothing would be heard of the peer's answer to a close frame
            holding = false;
            transport.hold(false);
        }
        held.clear();
        cancelTimer();
        dropClaims();
        if (unauthenticated) {
            unauthenticated = false;
            services.userLimit().releaseUnauthenticated();
        }
        stand();
        queue.clear();
        recount();
    }

    private final class TopicsHost implements ClientTopics.Host {
        @Override
        public boolean permits(Publication publication) {
            return Session.this.permits(publication.guard());
        }

        @Override
        public void deliver(Publication publication) {
            Session.this.deliver(publication);
        }

        @Override
        public void reply(Request request, Reply reply) {
            Session.this.reply(request, reply);
        }

        @Override
        public void guardedTopicsChanged() {
            if (claims != null) {
                resubscribe(claims);
            }
        }

        @Override
        public void changing() {
            Session.this.changing();
        }

        @Override
        public void joined(Topic topic) {
            join(topic, claims.username());
        }

        @Override
        public void left(Topic topic) {
            leave(topic, claims.username());
        }

        @Override
        public long waiting() {
            return queue.bytes();
        }

        @Override
        public long room() {
            return services.limits().droppableBytes() - queue.bytes();
        }

        @Override
        public Set<Topic> implied() {
            return claims == null ? Set.of() : dialect.impliedTopics(id, claims);
        }

        @Override
        public void flushLater() {
            mark();
        }

        @Override
        public Optional<List<Publication>> at(long offset) {
            return claims == null ? Optional.of(List.of()) : services.past().at(offset, claims);
        }
    }

    private final class HeartBeatsHost implements HeartBeats.Host {
        @Override
        public void send(Frame beat) {
            Session.this.send(List.of(beat));
        }

        @Override
        public void silent() {
            close(CloseCode.SILENT, CloseCode.SILENT.reason());
        }

        @Override
        public void after(Duration delay, Runnable task) {
            Session.this.after(delay, task);
        }

        @Override
        public long nanoTime() {
            return shard.loop().nanoTime();
        }
    }

    private final class OperationHost implements OperationDesk.Host {
        @Override
        public UUID id() {
            return id;
        }

        @Override
        public Loop loop() {
            return shard.loop();
        }

        @Override
        public void probe(Runnable heard) {
            if (phase == Phase.OPEN) {
                transport.probe(heard);
            }
        }

        @Override
        public void authorized(String operation, String result) {
            Session.this.send(conversation.notice(new Notice.Authorized(operation, result)));
        }
    }

    private final class WorkHost implements WorkDesk.Host {
        @Override
        public UUID id() {
            return id;
        }

        @Override
        public Loop loop() {
            return shard.loop();
        }

        @Override
        public Optional<Claims> claims() {
            catchUp();
            return phase == Phase.OPEN ? Session.this.claims() : Optional.empty();
        }

        @Override
        public void reply(Request request, Reply reply) {
            Session.this.reply(request, reply);
        }

        @Override
        public void tell(Notice notice) {
            send(conversation.notice(notice));
        }

        @Override
        public void tell(Notice.Work notice, Runnable handed) {
            send(conversation.notice(notice));
            if (phase == Phase.OPEN) {
                CompletableFuture<Boolean> given = new CompletableFuture<>();
                CompletableFuture<Void> _ = given.thenRun(handed);
                workHandOvers.watch(given);
            }
        }

        @Override
        public void after(Duration delay, Runnable task) {
            Session.this.after(delay, task);
        }

        @Override
        public void end() {
            close(CloseCode.FORBIDDEN, "what you were given to do is no longer yours");
        }
    }

    private final class RenewalHost implements TokenRenewal.Host {
        @Override
        public UUID id() {
            return id;
        }

        @Override
        public String dialect() {
            return dialect.kind().wireName();
        }

        @Override
        public Optional<Claims> claims() {
            return phase == Phase.OPEN ? Session.this.claims() : Optional.empty();
        }

        @Override
        public void renewed(String token) {
            if (phase == Phase.OPEN) {
                Session.this.renewed(token);
            }
        }

        @Override
        public void after(Duration delay, Runnable task) {
            Session.this.after(delay, task);
        }

        @Override
        public void execute(Runnable task) {
            shard.loop().execute(task);
        }
    }

    private final class ChatHost implements ChatDesk.Host {
        @Override
        public UUID id() {
            return id;
        }

        @Override
        public Optional<Claims> claims() {
            return Session.this.claims();
        }

        @Override
        public void changing() {
            Session.this.changing();
        }

        @Override
        public void renewAfter(Duration delay) {
            after(delay, chat::renew);
        }
    }

    private final class DeskHost implements CommandDesk.Host {
        @Override
        public UUID id() {
            return id;
        }

        @Override
        public String dialect() {
            return dialect.kind().wireName();
        }

        @Override
        public List<TopicName> names(String text) throws InvalidTopicException {
            return dialect.names(text);
        }

        @Override
        public Loop loop() {
            return shard.loop();
        }

        @Override
        public Optional<Claims> claims() {
            return Session.this.claims();
        }

        @Override
        public void reply(Request request, Reply reply) {
            Session.this.reply(request, reply);
        }

        @Override
        public void dropped(List<TopicName> names) {
            lost.addAll(names);
            tellLost();
        }

        @Override
        public void guardedTopicsChanged() {
            if (claims != null) {
                resubscribe(claims);
            }
        }

        @Override
        public void present(Presence presence) {
            Publication publication = services.presenceNews().publication(presence);
            if (phase == Phase.OPEN && permits(publication.guard()) && deliver(publication)) {
                queued();
            }
        }

        @Override
        public void expireGrantsAfter(Duration delay) {
            after(delay, desk::expireGrants);
        }

        @Override
        public void renewAdmissionsAfter(Duration delay) {
            after(delay, desk::renewAdmissions);
        }

        @Override
        public void hold() {
            Session.this.hold();
        }

        @Override
        public void goOn() {
            Session.this.goOn();
        }
    }

    @SuppressWarnings("ReferenceEquality") // there is one of it
    private boolean shows(Publication publication) {
        return conversation.renderer(publication) != Renderer.NOTHING;
    }

    /** Queues a publication as the client is shown it, if it is. */
    @SuppressWarnings("ReferenceEquality") // there is one of it
    private boolean deliver(Publication publication) {
        Renderer renderer = conversation.renderer(publication);
        if (renderer == Renderer.NOTHING) {
            return false;
        }
        queue.add(flusher.frames().place(publication, renderer));
        return true;
    }

    private void join(Topic topic, String user) {
        if (services.gatherings().concern(topic)) {
            services.gatherings().join(topic, user);
        }
    }

    private void leave(Topic topic, String user) {
        if (services.gatherings().concern(topic)) {
            services.gatherings().leave(topic, user);
        }
    }

    /** The user is called otherwise. */
    private void shareTopics(String before, String now) {
        if (topics != null) {
            topics.forTopics(topic -> {
                leave(topic, before);
                join(topic, now);
            });
        }
    }

    private void stopLetters() {
        if (letters != null) {
            letters.handOvers.fail();
            services.mailboxes().disconnect(letters.user, letters);
            letters = null;
        }
    }

    /** Takes what is written to its user. */
    private final class LetterReceiver implements Mailboxes.Receiver {
        private final String user;
        private final HandOvers handOvers = new HandOvers(queue);

        private LetterReceiver(String user) {
            this.user = user;
        }

        @Override
        public UUID id() {
            return id;
        }

        @Override
        public boolean acknowledges() {
            return acknowledges;
        }

        @Override
        public CompletionStage<Boolean> hand(Publication letter) {
            CompletableFuture<Boolean> given = new CompletableFuture<>();
            try {
                shard.loop().execute(() -> take(letter, given));
            } catch (RejectedExecutionException _) {
                given.complete(false);
            }
            return given;
        }

        private void take(Publication letter, CompletableFuture<Boolean> given) {
            catchUp();
            if (phase != Phase.OPEN || letters != this || !permits(letter.guard())) {
                given.complete(false);
                return;
            }
            if (deliver(letter)) {
                handOvers.watch(given);
                queued();
            } else {
                given.complete(false);
            }
        }
    }

    /** Does something later, unless it is over by then. */
    private void after(Duration delay, Runnable task) {
        Timers.Timer _ = services.timers()
                .schedule(
                        delay,
                        () -> shard.loop().execute(() -> {
                            if (phase == Phase.OPEN) {
                                task.run();
                            }
                        }));
    }

    private void abortIfStillThere() {
        if (phase == Phase.CLOSING) {
            transport.abort();
        }
    }
}
