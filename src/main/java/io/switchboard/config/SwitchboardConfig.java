package io.switchboard.config;

import io.quarkus.runtime.annotations.ConfigDocIgnore;
import io.quarkus.runtime.annotations.ConfigDocMapKey;
import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Every setting of Switchboard, under {@code switchboard.}. A key that is not here fails the start. Where a number or a
 * size is a limit, {@code 0} switches it off.
 */
@ConfigMapping(prefix = "switchboard")
public interface SwitchboardConfig {
    /** Signing in: who may connect, and what the token's claims are called. */
    Auth auth();

    /**
     * Origins of pages that may open a socket, beside pages of the same host and port: a comma-separated list such as
     * {@code https://files.example.org}. {@code *} allows every origin and must be written explicitly.
     */
    Optional<List<String>> origins();

    /**
     * Whether a connection must name an origin. Browsers always do; services and command-line clients do not, and are
     * let in unless this is {@code true}.
     */
    @WithDefault("false")
    boolean originRequired();

    /** Proxies in front of Switchboard. */
    Proxy proxy();

    /** Detection: how {@code /ws} finds out which dialect a client speaks. */
    Detect detect();

    /** Limits: how much of everything there may be; {@code 0} switches one off. */
    Limits limits();

    /** Liveness: finding out which clients are gone. */
    Liveness liveness();

    /** SockJS: clients of {@code /websocket} for whom there is no WebSocket. */
    SockJs sockjs();

    /** The order of events: what is on its way, and what is kept for those who were away. */
    Log log();

    /** Rules: who may subscribe and publish, where claims alone do not decide. */
    Rules rules();

    /**
     * Delivery: what a client gets that reads too slowly, by topic. Where several entries match a topic, the first one counts
     * in the alphabetical order of their names; without any, everything is delivered.
     */
    @ConfigDocMapKey("name")
    Map<String, Delivery> delivery();

    /** Tree: changes of files and folders. */
    Tree tree();

    /** Ingress: what internal services publish. */
    Ingress ingress();

    /** Services: what clients may call in internal services, and what these are told about sessions. */
    Services services();

    /** Chat: rooms on {@code /chat}. */
    Chat chat();

    /** Flamigo: strategies on {@code /flamigo}. See [protocol/flamigo.md](protocol/flamigo.md). */
    Flamigo flamigo();

    /** OpenFlow: commands on {@code /openflow}. See [protocol/openflow.md](protocol/openflow.md). */
    OpenFlow openflow();

    /** Mailbox: messages from one user to another that wait for their recipient; {@code 0} switches a quota off. */
    Mailbox mailbox();

    /** Work queues: what is sent to one of several consumers, and kept until one has done it; {@code 0} switches a bound off. See [storage.md](storage.md#work-queues). */
    Queues queues();

    /** Presence: who is there, and who is told. */
    Presence presence();

    /** STOMP: what both sides say to show that they are there. */
    Stomp stomp();

    /** Web Flow: clients that wait for an operation to be authorized, without being signed in. */
    WebFlow webflow();

    /** Trace: why something did, or did not, arrive. See [admin.md](admin.md). */
    Trace trace();

    /** Drain: how sessions leave when the process is told to end. See [operations.md](operations.md#stopping). */
    Drain drain();

    /** Health: when a probe fails; {@code 0} switches a reason off. */
    Health health();

    /** Management: where health and metrics are served. */
    Management management();

    /** Cluster: several replicas that act as one. See [scale.md](scale.md). */
    Cluster cluster();

    /** Storage: the database that keeps what must last. See [storage.md](storage.md). */
    Storage storage();

    /** Settings of the dev profile; without effect in production. */
    @ConfigDocIgnore
    Dev dev();

    /** Signing in. */
    interface Auth {
        /** How long a connection may stay without signing in. */
        @WithDefault("30s")
        Duration timeout();

        /** How long before its token ends a client is told, where its protocol has a message for it; {@code 0s}: never. */
        @WithDefault("60s")
        Duration expiryWarning();

        /** Where the token says who the user is and what the user may see. */
        ClaimNames claims();

        /**
         * Who may publish: a role, and the topics that it may publish on, comma-separated; {@code *} for all. Without any
         * entry the role {@code publisher} may publish on all topics.
         */
        @ConfigDocMapKey("role")
        Map<String, List<String>> publishers();

        /**
         * Signature algorithms that are accepted, comma-separated. The default is {@code mp.jwt.verify.publickey.algorithm}
         * where that is set, otherwise every asymmetric one. {@code HS256}, {@code HS384} and {@code HS512} need
         * {@code smallrye.jwt.verify.secretkey} and exclude the others.
         */
        @WithDefault("${mp.jwt.verify.publickey.algorithm:RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA}")
        List<String> algorithms();

        /** Tolerance for clocks that differ, applied to {@code exp} and {@code nbf} alike. */
        @WithDefault("0s")
        Duration clockSkew();

        /** How long a set of keys fetched from a URL is used before it is fetched again. */
        @WithDefault("10m")
        Duration jwksRefresh();

        /**
         * The least time between two fetches of a key set because a token named an unknown key: how soon a rotated key
         * works, and how often a stranger can make Switchboard fetch.
         */
        @WithDefault("5s")
        Duration jwksRefreshOnUnknownKey();

        /**
         * The longest lifetime of a token that is accepted, from {@code iat} to {@code exp}, or from now where there is
         * no {@code iat}. Revocations and withdrawals are remembered for as long, so that no token outlives them; with
         * {@code 0} until the server stops.
         */
        @WithDefault("7d")
        Duration tokenLifetime();

        /**
         * The audience that a token for the administration API must name in {@code aud}. Such a token then needs none of
         * {@code mp.jwt.verify.audiences}, and opens nothing else unless it names one of those too. Without the setting
         * the API asks for the same audiences as everything else.
         */
        Optional<String> apiAudience();

        /** The role that a token for the administration API must have. */
        @WithDefault("admin")
        String adminRole();

        /**
         * What happens when an identity event says that a workspace or a role was deleted: {@code signal} tells clients,
         * {@code withdraw} also takes it out of every session, and of older tokens at sign-in.
         */
        @WithDefault("signal")
        OnIdm onIdm();
    }

    /** Names of claims: each a comma-separated list of which the first present one counts; {@code a/b} looks inside {@code a}. */
    interface ClaimNames {
        /** The login. */
        @WithDefault("name,preferred_username,upn,sub")
        List<String> username();

        /** The profile; {@code admin} sees the jobs of the system user. */
        @WithDefault("profile")
        List<String> profile();

        /** Roles, an array or a comma-separated string. */
        @WithDefault("roles,groups")
        List<String> roles();

        /**
         * Workspaces: an array of ids, or of objects {@code {"uuid","slug","label","roots":[…],"permission"}}.
         */
        @WithDefault("workspaces")
        List<String> workspaces();
    }

    /** Proxies in front of Switchboard. */
    interface Proxy {
        /**
         * Addresses and networks of proxies, comma-separated: {@code 10.0.0.0/8,2001:db8::1}. Where a request comes from and
         * which host it names is taken from the headers {@code Forwarded}, or {@code X-Forwarded-For}, {@code -Host} and
         * {@code -Proto}, only of these. By default of nobody.
         */
        Optional<List<String>> trusted();
    }

    /** Detection of the dialect on {@code /ws}. */
    interface Detect {
        /** Whether an {@code Authorization} header means the Realtime dialect; {@code false} for proxies that add one. */
        @WithDefault("true")
        boolean authorizationHeader();
    }

    /** Bounds. */
    interface Limits {
        /** Connections in total, signed in or not. */
        @WithDefault("100000")
        int connections();

        /**
         * Connections that are not signed in, within the total: so many a crowd can take that never signs in. Keep it well
         * below the total.
         */
        @WithDefault("10000")
        int connectionsUnauthenticated();

        /** Connections of one user. */
        @WithDefault("0")
        int connectionsPerUser();

        /** Connections from one address; the addresses of an IPv6 network of 64 bits count as one. */
        @WithDefault("0")
        int connectionsPerAddress();

        /** Largest message from a client, and so the largest token, in bytes. */
        @WithDefault("64K")
        MemorySize messageSize();

        /** Largest frame of a message, in bytes. What is larger than {@code message-size} has no effect. */
        @WithDefault("64K")
        MemorySize frameSize();

        /** Frames that a message may come in. */
        @WithDefault("1024")
        int fragmentsPerMessage();

        /** Frames a second that are read from one client on average; one who sends more is read from more slowly. */
        @WithDefault("200")
        int messagesPerSecond();

        /** Frames that one client may send at once before {@code messages-per-second} counts. */
        @WithDefault("1000")
        int messagesBurst();

        /**
         * Commands a second by type, for protocols with commands; what is above is answered with 429, and the connection stays.
         */
        Rates rates();

        /**
         * Sign-ins a minute, by what a service checks such as a password, that one address may try; {@code 0}: any number. Many users
         * may come from one address.
         */
        @WithDefault("120")
        int signInsPerAddress();

        /** The same of one name, from wherever; {@code 0}: any number. */
        @WithDefault("10")
        int signInsPerName();

        /** Refused commands in a row after which a connection is closed, where the protocol lets it live on after one. */
        @WithDefault("10")
        int errorsInARow();

        /** Patterns that one session may be subscribed to. */
        @WithDefault("1000")
        int subscriptionsPerSession();

        /** Calls of services and questions for history that one session may have under way. */
        @WithDefault("32")
        int callsPerSession();

        /** How long a client may take to send an HTTP request, the upgrade to a WebSocket included. */
        @WithDefault("30s")
        Duration requestTimeout();

        /** Bytes that may wait for one slow client before it is closed. */
        @WithDefault("1M")
        MemorySize outboundBytes();

        /** Bytes that may wait for all clients together; above it the fullest are closed first. */
        @WithDefault("256M")
        MemorySize outboundBytesTotal();

        /**
         * Revoked users, revoked tokens, withdrawals from one user, and withdrawals from all: so many of each are
         * remembered. Above it a further revocation is refused with 503.
         */
        @WithDefault("100000")
        int revocations();

        /** Largest single event of an internal service, in bytes. */
        @WithDefault("1M")
        MemorySize eventSize();

        /** Events in one array. */
        @WithDefault("1000")
        @WithName("events-per-request")
        int eventsPerRequest();

        /**
         * Events a second, of those that a service marked {@code Silent}, that one session gets; what is above is dropped
         * for that session. Other events are not counted and never dropped.
         */
        @WithDefault("100")
        int eventsPerSecond();
    }

    /** Commands a second, by type. */
    interface Rates {
        /** Broadcasts, as text and in binary frames. */
        BroadcastRate broadcast();

        /** Direct messages. */
        DirectRate direct();

        /** Subscribe and Unsubscribe. */
        SubscribeRate subscribe();

        /** Questions for history. */
        HistoryRate history();

        /** Presence. */
        PresenceRate presence();

        /** Calls of services. */
        CallRate call();

        /** What is asked of work queues. */
        QueueRate queue();
    }

    /** How many commands of a type there may be. */
    interface Rate {
        int perSession();

        int perUser();

        int burst();
    }

    /** Broadcasts. */
    interface BroadcastRate extends Rate {
        /**
         * Broadcasts a second of one connection. Off, since {@code messages-per-second} slows down who sends too much without
         * refusing anything.
         */
        @Override
        @WithDefault("0")
        int perSession();

        /** Broadcasts a second of all connections of a user. */
        @Override
        @WithDefault("0")
        int perUser();

        /** Broadcasts that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("0")
        int burst();
    }

    /** Direct messages. */
    interface DirectRate extends Rate {
        /** Direct messages a second of one connection. */
        @Override
        @WithDefault("50")
        int perSession();

        /** Direct messages a second of all connections of a user. */
        @Override
        @WithDefault("100")
        int perUser();

        /** Direct messages that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("500")
        int burst();
    }

    /** Subscribe and Unsubscribe. */
    interface SubscribeRate extends Rate {
        /** Subscribe and Unsubscribe, together, a second of one connection. */
        @Override
        @WithDefault("100")
        int perSession();

        /** The same of all connections of a user, who may have many that reconnect together. */
        @Override
        @WithDefault("500")
        int perUser();

        /** The same that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("2000")
        int burst();
    }

    /** Questions for history. */
    interface HistoryRate extends Rate {
        /** Questions for history a second of one connection. */
        @Override
        @WithDefault("50")
        int perSession();

        /** Questions for history a second of all connections of a user. */
        @Override
        @WithDefault("100")
        int perUser();

        /** Questions for history that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("1000")
        int burst();
    }

    /** What is asked of work queues. */
    interface QueueRate extends Rate {
        /** Messages sent to queues, and queues registered, a second by one connection; answers to deliveries are not counted. */
        @Override
        @WithDefault("500")
        int perSession();

        /** The same by all connections of a user. */
        @Override
        @WithDefault("1000")
        int perUser();

        /** The same that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("2000")
        int burst();
    }

    /** Presence. */
    interface PresenceRate extends Rate {
        /** Presence messages a second of one connection. */
        @Override
        @WithDefault("20")
        int perSession();

        /** Presence messages a second of all connections of a user. */
        @Override
        @WithDefault("50")
        int perUser();

        /** Presence messages that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("200")
        int burst();
    }

    /** Calls of services. */
    interface CallRate extends Rate {
        /** Calls a second of one connection. Off, since {@code calls-per-session} bounds those that are under way. */
        @Override
        @WithDefault("0")
        int perSession();

        /** Calls a second of all connections of a user. */
        @Override
        @WithDefault("0")
        int perUser();

        /** Calls that may come at once, from a connection or a user; {@code 0}: those of a second. */
        @Override
        @WithDefault("0")
        int burst();
    }

    /** Finding out which clients are gone. */
    interface Liveness {
        /** How often a client is sent a ping. */
        @WithDefault("30s")
        Duration pingInterval();

        /** Pings in a row without a sign of life after which a connection is closed. */
        @WithDefault("2")
        int missedPongs();
    }

    /** SockJS over plain HTTP. */
    interface SockJs {
        /** How long a client may have no request open that takes what is sent to it, before it counts as gone. */
        @WithDefault("5s")
        Duration disconnectDelay();

        /**
         * How often a client is sent a heart-beat while such a request is open. Keep it below {@code quarkus.http.idle-timeout},
         * and what proxies allow.
         */
        @WithDefault("25s")
        Duration heartbeat();
    }

    /** The order of events. */
    interface Log {
        /** Bytes of events that were accepted and are still on their way to the sockets; above it publishing is refused. */
        @WithDefault("64M")
        MemorySize queueBytes();

        /** The same as a number of events. */
        @WithDefault("100000")
        int queueEvents();

        /** Events that are kept for recovery and history; without any bound everything would be. */
        @WithDefault("100000")
        int keptEvents();

        /** The same in bytes. */
        @WithDefault("32M")
        MemorySize keptBytes();

        /** How long an event is kept. */
        @WithDefault("1h")
        Duration keptAge();
    }

    /**
     * Who may subscribe and publish. Patterns with dots: {@code *} is one segment, {@code **} one or more; {@code {user}},
     * {@code {subject}}, {@code {profile}}, {@code {role}} and {@code {workspace}} are the values that the token holds. Allowed is what
     * one rule covers whole and no rule denies in part. Topics of events and audiences need no rule.
     */
    interface Rules {
        /** What may be subscribed to, comma-separated. */
        @WithDefault("chat.**,updates.**,notifications,presence.**")
        List<String> subscribe();

        /** What clients may publish on, comma-separated. */
        @WithDefault("chat.**,updates.**")
        List<String> publish();

        /** What may not be subscribed to, whatever allows it. */
        Optional<List<String>> denySubscribe();

        /** What clients may not publish on, whatever allows it. */
        Optional<List<String>> denyPublish();

        /**
         * Whom clients may write to, comma-separated: names of users, in which the characters that topics reserve are percent-encoded
         * ({@code john%2Edoe}); {@code *} for all.
         */
        @WithDefault("*")
        List<String> direct();

        /** Whom clients may not write to, whatever allows it. */
        Optional<List<String>> denyDirect();

        /**
         * Where {@code priority} {@code high} in the metadata of a client's message counts, so that the message is delivered even
         * where the topic's delivery is {@code latest} or {@code volatile}. By default nowhere; what services publish needs no rule.
         */
        Optional<List<String>> priority();

        /** Where it does not count, whatever allows it. */
        Optional<List<String>> denyPriority();

        /**
         * Which queues clients may work off, whoever owns them, comma-separated: names in lower case. A queue that nobody has worked
         * off yet needs no rule: who does it first owns it.
         */
        Optional<List<String>> consume();

        /** Which queues clients may not work off, not even as their owners. */
        Optional<List<String>> denyConsume();

        /**
         * Which queues and exchanges clients may send to, comma-separated: names in lower case. The name of a queue that the server has
         * named cannot be guessed: who was told it may send there, unless a rule denies it.
         */
        @WithDefault("**")
        List<String> produce();

        /** Which queues and exchanges clients may not send to, whatever allows it. */
        Optional<List<String>> denyProduce();

        /** Further rules for those who have a role. */
        @ConfigDocMapKey("role")
        Map<String, RoleRules> roles();
    }

    /** Further rules for those who have a role. */
    interface RoleRules {
        /** What they may subscribe to beside. */
        Optional<List<String>> subscribe();

        /** What they may publish on beside. */
        Optional<List<String>> publish();

        /** What they may not subscribe to, whatever allows it. */
        Optional<List<String>> denySubscribe();

        /** What they may not publish on, whatever allows it. */
        Optional<List<String>> denyPublish();

        /** Whom they may write to beside. */
        Optional<List<String>> direct();

        /** Whom they may not write to, whatever allows it. */
        Optional<List<String>> denyDirect();

        /** Where the {@code priority} of their messages counts beside. */
        Optional<List<String>> priority();

        /** Where it does not count, whatever allows it. */
        Optional<List<String>> denyPriority();

        /** Which queues they may work off beside. */
        Optional<List<String>> consume();

        /** Which queues they may not work off, whatever allows it. */
        Optional<List<String>> denyConsume();

        /** Which queues and exchanges they may send to beside. */
        Optional<List<String>> produce();

        /** Which queues and exchanges they may not send to, whatever allows it. */
        Optional<List<String>> denyProduce();
    }

    /** How some topics are delivered. */
    interface Delivery {
        /** Patterns of topics, comma-separated, written as in the rules, without {@code {user}} and the like. */
        List<String> topics();

        /**
         * {@code reliable}: a client gets everything, and one that waits for more than {@code switchboard.limits.outbound-bytes}
         * is closed; {@code latest}: one that lags gets the newest of each key, and one that subscribes gets the newest values at
         * once; {@code volatile}: one that lags goes without, and is told how many it missed.
         */
        DeliveryPolicy policy();

        /**
         * Where the key is in the payload, a JSON pointer (RFC 6901) such as {@code /id}; only with {@code latest}. A service's own
         * {@code key} counts first; of a job it is the task's id by default. Without a key the topic has one value.
         */
        Optional<String> key();
    }

    /** Changes of files and folders. */
    interface Tree {
        /**
         * How long a node must have been quiet before what changed leaves as one event, for clients of the Cells dialect;
         * {@code 0s} sends every event at once. Moves, deletions and optimistic events are never held.
         */
        @WithDefault("1s")
        Duration quietWindow();

        /** How long a change is held at most, while its node goes on changing; {@code 0s}: as long as it does. */
        @WithDefault("5s")
        Duration maxHold();

        /** Whether the first change of a quiet node leaves at once, and only what follows within the window is held. */
        @WithDefault("false")
        boolean leadingEdge();

        /** Nodes of which something is held at most; above it the oldest leaves at once. */
        @WithDefault("10000")
        int heldEvents();

        /** The same in bytes. */
        @WithDefault("16M")
        MemorySize heldBytes();

        /** Events that may wait until an internal service has said where their node is; more are dropped. */
        @WithDefault("1000")
        int lookups();

        /** How long they wait, before they are dropped. */
        @WithDefault("2s")
        Duration lookupTimeout();
    }

    /** What internal services publish. */
    interface Ingress {
        /** For how long a retry with the same Idempotency-Key, or CloudEvents source and id, is recognised. */
        @WithDefault("10m")
        Duration idempotencyWindow();

        /** How many keys are remembered at most; the oldest are forgotten first. */
        @WithDefault("100000")
        int idempotencyKeys();
    }

    /** Calls of clients to internal services, and what these are told about sessions. */
    interface Services {
        /** Largest payload of a call, in bytes; more than one message holds comes in pieces, from clients of OpenFlow. */
        @WithDefault("1M")
        MemorySize requestSize();

        /** Largest answer of a service, in bytes. */
        @WithDefault("256K")
        MemorySize answerSize();

        /** How long a service may take to answer. */
        @WithDefault("10s")
        Duration timeout();

        /** Calls in flight, of all sessions together; more are refused with 503. */
        @WithDefault("1000")
        int calls();

        /**
         * The key that actors' tokens are signed with: a PEM file with a private key, EC or RSA, and its public key. Without
         * it a key is made at each start, of which only this process knows: set it where there is more than one.
         */
        Optional<String> actorKeyLocation();

        /** When a service over HTTP that fails is left alone. */
        Breaker breaker();

        /** What services are told about sessions. */
        SessionEvents sessionEvents();

        /** Services on NATS, where a cluster is configured. */
        NatsServices nats();

        /** Services over HTTP, each under a key of your choice. */
        @ConfigDocMapKey("key")
        Map<String, HttpService> http();
    }

    /** When a service that fails is left alone. */
    interface Breaker {
        /** The last calls of a service that count; {@code 0} switches the circuit breaker off. */
        @WithDefault("20")
        int calls();

        /** Which part of them must have failed, from 0 to 1, for the service to be left alone. */
        @WithDefault("0.5")
        double failureRatio();

        /** How long it is left alone before it is tried again with one call; meanwhile others are answered with 503. */
        @WithDefault("5s")
        Duration pause();
    }

    /** What services are told about sessions. */
    interface SessionEvents {
        /** Events that may wait for one service; more are dropped. */
        @WithDefault("10000")
        int queueEvents();

        /** The same in bytes. */
        @WithDefault("8M")
        MemorySize queueBytes();

        /** How often an event is posted to a service over HTTP before it is given up, the first time included. */
        @WithDefault("6")
        int attempts();

        /** The time between the first two attempts; it doubles each time, and varies by half of this. */
        @WithDefault("200ms")
        Duration pause();

        /** The longest time between two attempts. */
        @WithDefault("10s")
        Duration longestPause();
    }

    /** Services on NATS, where a cluster is configured. */
    interface NatsServices {
        /** Whether a call that nobody here answers is sent to NATS, to the subject {@code switchboard.service.<name>}. */
        @WithDefault("true")
        boolean enabled();

        /** How long a service may take to answer; by default {@code switchboard.services.timeout}. */
        Optional<Duration> timeout();
    }

    /** A service over HTTP. */
    interface HttpService {
        /** The calls that it answers: a name such as {@code orders.place}, or a pattern: {@code orders.*}, {@code *}. */
        Optional<String> name();

        /** Where calls and events are posted to. */
        String url();

        /** How long it may take to answer; by default {@code switchboard.services.timeout}. */
        Optional<Duration> timeout();

        /**
         * What it is told about sessions, comma-separated: {@code session.opened}, {@code user.authenticated},
         * {@code session.closed}.
         */
        Optional<List<String>> on();

        /** Whether it is switched on; calls to one that is not are answered with 503. */
        @WithDefault("true")
        boolean enabled();
    }

    /** Rooms on {@code /chat}. */
    interface Chat {
        /**
         * What a client gets that joins a room: {@code update} tells it who is there, as today's web client expects;
         * {@code history} sends what was said as well, as the protocol was first written.
         */
        @WithDefault("update")
        OnJoin onJoin();

        /**
         * Who may be in the room of a file or folder: {@code ask} leaves it to the permission service, {@code signed-in} lets
         * everybody in.
         */
        @WithDefault("ask")
        NodeRooms nodeRooms();

        /**
         * The internal service that decides where claims do not: it is asked
         * {@code {"room":{"Type","RoomTypeObject"},"user"}} and answers {@code {"allowed","readOnly"}}. Without such a service
         * nobody is let in.
         */
        @WithDefault("chat.permission")
        String permissionService();

        /** Types of rooms that the permission service decides on instead of claims, comma-separated: {@code WORKSPACE,GLOBAL}. */
        Optional<Set<RoomKind>> permissionFor();

        /** For how long a decision of the permission service counts for one session. */
        @WithDefault("60s")
        Duration permissionLasts();

        /** Rooms that one session may be in. */
        @WithDefault("100")
        int roomsPerSession();

        /** Users that are named of those in a room; who is there above it is not said. */
        @WithDefault("1000")
        int listedUsers();

        /** Messages that a client is shown at once. */
        @WithDefault("1000")
        int historyMessages();

        /** The last messages of each room that are kept, those that were deleted among them; {@code 0}: all. */
        @WithDefault("0")
        int keepMessages();

        /** How long a message is kept; {@code 0s}: for ever. */
        @WithDefault("0s")
        Duration keepAge();
    }

    /** Commands on {@code /openflow}. */
    interface OpenFlow {
        /** How many characters of a command one message holds, in both directions; clients are told when they sign in. */
        @WithDefault("10000")
        int packageSize();

        /** Most that the commands of one connection may hold of which pieces are still to come; {@code 0}: any size. */
        @WithDefault("4M")
        MemorySize commandSize();

        /** Most commands of one connection of which pieces are still to come; {@code 0}: any number. */
        @WithDefault("100")
        int openCommands();

        /** How long a command may take until all its pieces have come. */
        @WithDefault("60s")
        Duration openFor();

        /**
         * How often the server asks a client whether it is there; one that says nothing for twice as long is closed. {@code 0s}: never.
         */
        @WithDefault("20s")
        Duration pingInterval();

        /** How long what is sent to a queue may wait there where its sender does not say. */
        @WithDefault("60s")
        Duration expiration();

        /**
         * How often the service {@code refreshtoken} is asked for a newer token of a user, and sooner where theirs ends before that;
         * {@code 0s}: never.
         */
        @WithDefault("10m")
        Duration refreshInterval();

        /** How long after its registration a queue begins to deliver: its client needs a moment to be ready. */
        @WithDefault("50ms")
        Duration consumeDelay();

        /** Messages of queues that one connection may have without an answer. */
        @WithDefault("1")
        int openPerConnection();
    }

    /** Strategies on {@code /flamigo}. */
    interface Flamigo {
        /**
         * Who takes what a client sends to {@code app::websocket:auth}. {@code token}: the token in it signs in;
         * {@code service}: the internal service {@code websocket:auth} answers with one.
         */
        @WithDefault("token")
        SignInBy signIn();
    }

    /** Messages that wait for their recipient. */
    interface Mailbox {
        /** Messages that wait for one user; more are refused until some were received or are too old. */
        @WithDefault("1000")
        int messagesPerUser();

        /** The same in bytes. */
        @WithDefault("1M")
        MemorySize bytesPerUser();

        /** Messages from one sender that wait for one user. */
        @WithDefault("100")
        int messagesPerSenderAndUser();

        /** Messages from one sender that wait, for all users together. */
        @WithDefault("1000")
        int messagesPerSender();

        /**
         * Messages that wait for all those together who never signed in. Their names may be invented, so they share what one
         * user has alone.
         */
        @WithDefault("1000")
        int messagesOfStrangers();

        /** How long a message waits at most. */
        @WithDefault("7d")
        Duration timeToLive();
    }

    /** Work queues. */
    interface Queues {
        /** Messages that one queue keeps, whoever has them, dead letters included; more are refused. */
        @WithDefault("100000")
        int messagesPerQueue();

        /** The same in bytes. */
        @WithDefault("256M")
        MemorySize bytesPerQueue();

        /** Queues that one user owns. */
        @WithDefault("1000")
        int queuesPerUser();

        /** Queues of all. */
        @WithDefault("100000")
        int queues();

        /** Exchanges of all. */
        @WithDefault("10000")
        int exchanges();

        /** Queues that are bound to one exchange. */
        @WithDefault("10000")
        int bindingsPerExchange();

        /** How often a message is given to a consumer before it becomes a dead letter; {@code 0}: for ever. */
        @WithDefault("5")
        int deliveries();

        /** How long a message that a consumer rejected waits before somebody is given it again. */
        @WithDefault("1s")
        Duration redeliveryDelay();

        /** How long a consumer may have a message before somebody else is given it; {@code 0}: for ever. */
        @WithDefault("30m")
        Duration answerTimeout();

        /** How long dead letters are kept, from when they died; {@code 0}: for ever. */
        @WithDefault("7d")
        Duration keepDeadLetters();

        /** How long a queue that the server named is kept without consumers and messages, and an exchange without queues; {@code 0}: for ever. */
        @WithDefault("1h")
        Duration keepUnused();
    }

    /** Who is there. */
    interface Presence {
        /** How long somebody whose last connection ended counts as being there, so that a reload is no coming and going. */
        @WithDefault("5s")
        Duration grace();

        /**
         * Topics whose subscribers hear of each other, comma-separated patterns: who subscribes to such a topic by its name is seen
         * to come, and to leave, by the others there.
         */
        Optional<List<String>> topics();

        /** Users who hear of each other on one topic; above it their number can be asked for, and nobody is told. */
        @WithDefault("200")
        int usersPerTopic();
    }

    /** STOMP. */
    interface Stomp {
        /**
         * How often the server sends a heart-beat to clients that ask for one, and wants one from those that can; the larger of its
         * own and the client's time counts. {@code 0} switches heart-beats off.
         */
        @WithDefault("10s")
        Duration heartBeat();
    }

    /** Clients that wait for an operation to be authorized. */
    interface WebFlow {
        /** Which operations a client may wait for: {@code open}, any whose id it knows, or {@code announced}, those that a service has announced. */
        @WithDefault("open")
        RegistrationMode registration();

        /** Operations that one connection may wait for. */
        @WithDefault("8")
        int registrationsPerSession();

        /** How long the connection that waits for an operation has to answer, when another one wants to take its place. */
        @WithDefault("2s")
        Duration probeTimeout();

        /** How long an authorization is kept for a client that is not there yet. */
        @WithDefault("5m")
        Duration authorizationsKept();

        /** How long an announced operation may be waited for. */
        @WithDefault("1h")
        Duration announcementsKept();

        /** Operations with an authorization that is kept, and those that are announced, at most; {@code 0}: any number. */
        @WithDefault("100000")
        int mostKept();
    }

    /** Why something did, or did not, arrive. */
    interface Trace {
        /** Events of which it is remembered what became of them; {@code 0}: none. Each takes some 200 bytes. */
        @WithDefault("10000")
        int events();
    }

    /** How sessions leave when the process is told to end. */
    interface Drain {
        /**
         * Over how long sessions are closed, each at a moment of its own, so that the processes that take its clients over see no
         * rush; an hour at most. {@code 0s}: all at once, which is best where there is no other process.
         */
        @WithDefault("0s")
        Duration window();

        /**
         * How long the platform waits between telling the process to end and killing it. A window that does not fit into that ends
         * the start.
         */
        Optional<Duration> gracePeriod();
    }

    /** When a probe fails; {@code 0} switches a reason off. */
    interface Health {
        /** For how long an event loop may fail to run before the process counts as dead. */
        @WithDefault("10s")
        Duration stuckLoop();

        /** For how long events may be refused because the log is full before the process counts as not ready. */
        @WithDefault("10s")
        Duration logFull();
    }

    /** Where health and metrics are served. */
    interface Management {
        /**
         * Whether {@code /q/health} and {@code /q/metrics} have a port of their own, {@code quarkus.management.port}, and
         * are not served on the port of the clients.
         */
        @WithDefault("false")
        boolean ownPort();
    }

    /** Settings of the dev profile. */
    interface Dev {
        /** Folder that the dev profile watches; by default a scratch folder beside the keys. */
        Optional<String> folder();

        /** Where the dev profile keeps its keys and its scratch folder. */
        @WithDefault(".dev")
        String home();
    }

    /** Several replicas that act as one. */
    interface Cluster {
        /** NATS: where the servers are that carry events between replicas. */
        ClusterNats nats();

        /** The log: a stream that NATS keeps. */
        ClusterStream stream();

        /** What the names of all subjects, streams and buckets in NATS begin with; one for each cluster: letters, digits and {@code -}. */
        @WithDefault("switchboard")
        String prefix();

        /**
         * How long a replica counts as there after its last sign of life. Whoever cannot reach NATS for so long decides about nothing any
         * more, and takes no new connections; others take its part half as much later.
         */
        @WithDefault("5s")
        Duration lease();

        /** How long the sender of a message waits until every replica has said to how many it handed it. */
        @WithDefault("250ms")
        Duration countPatience();
    }

    /** Where NATS is. */
    interface ClusterNats {
        /** Its servers, such as {@code tls://nats-0:4222}. Setting this makes the process a replica of a cluster. */
        Optional<List<String>> servers();

        /** Who signs in. */
        Optional<String> user();

        /** The password for that. */
        Optional<String> password();

        /** A file of NATS credentials, in place of user and password. */
        Optional<String> credentials();

        /** The name of a TLS configuration of the platform, {@code quarkus.tls.<name>.*}, for {@code tls://}; by default the platform's own. */
        Optional<String> tlsConfiguration();

        /** How long to wait for NATS, and for the other replicas, at the start, before the process ends with an error. */
        @WithDefault("30s")
        Duration connectTimeout();
    }

    /** What NATS keeps. */
    interface ClusterStream {
        /** How many NATS servers keep each event: 1, 3 or 5. */
        @WithDefault("1")
        int replicas();

        /** How much is kept. */
        @WithDefault("1G")
        MemorySize bytes();

        /** How long an event is kept. */
        @WithDefault("24h")
        Duration age();

        /** How long a retry under the same key is known, whichever replica it reaches. */
        @WithDefault("2m")
        Duration duplicateWindow();
    }

    /** The database. */
    interface Storage {
        /** Which database: {@code sqlite}, a file of this process, or {@code postgresql}, a server. */
        @WithDefault("sqlite")
        StorageKind kind();

        /**
         * Where it is: {@code jdbc:sqlite:/data/switchboard.db}, or {@code jdbc:postgresql://host:5432/switchboard}, without a
         * password. By default the file {@code switchboard.db} in the working directory; required for PostgreSQL.
         */
        Optional<String> url();

        /** Who signs in to PostgreSQL. */
        Optional<String> username();

        /** The password for that. */
        Optional<String> password();

        /** Changes that may wait until they are written; more are refused. */
        @WithDefault("10000")
        int queueCommands();

        /** The same in bytes. */
        @WithDefault("32M")
        MemorySize queueBytes();

        /** Threads, and connections, that read; one more writes. */
        @WithDefault("2")
        int readers();

        /** How long a caller waits at most, before it is told that the database is down. */
        @WithDefault("10s")
        Duration timeout();
    }
}
