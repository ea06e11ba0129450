package io.switchboard.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.sockjs.SockJsText;
import io.switchboard.failure.Redacted;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Opening;
import io.switchboard.session.Session;
import io.switchboard.session.SessionServices;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * SockJS over plain HTTP (sockjs-protocol 0.3.3), for browsers behind proxies that let no WebSocket through: polling,
 * streaming, and server-sent events. Upgrades to WebSockets on the same paths go on to their endpoints.
 *
 * <p>Requests run on the event loop of their connection; a session belongs to that of its first one, and those that come on
 * others hop to it. The pages whose origin is not allowed get nothing, whatever they ask for.
 */
@Singleton
final class SockJsRoutes {
    static final String PATH = "/websocket";

    private static final Logger LOG = Logger.getLogger(SockJsRoutes.class);

    /** Behind the platform's CORS filter (-300), before its authentication (-200) and all that is not for us. */
    private static final int ORDER = -250;

    /** What is known of a session before its first message, whatever carries it. */
    static final Opening OPENING =
            new Opening(Optional.of(DialectKind.STOMP), Optional.empty(), new Manner(false, true), false);

    private static final String NEVER_CACHED = "no-store, no-cache, no-transform, must-revalidate, max-age=0";
    private static final String TEXT = "text/plain; charset=UTF-8";

    /** For how long browsers may remember what they may send, in seconds. */
    private static final String PREFLIGHT_LASTS = "3600";

    /** For how long a session that the server ended goes on telling why, and how many do. */
    private static final Duration LAST_WORDS_LAST = Duration.ofSeconds(5);

    private static final int MOST_LAST_WORDS = 10_000;

    private final EventLoops loops;
    private final SessionServices services;
    private final SockJsText text;
    private final ConnectionLimits limits;
    private final GatewayMetrics metrics;
    private final Entrance entrance;
    private final Clients clients;
    private final InboundBounds bounds;
    private final Duration disconnectDelay;
    private final SecureRandom random = new SecureRandom();

    /** By the ids that the clients chose. */
    private final Map<String, SockJsTransport> sessions = new ConcurrentHashMap<>();

    private final Cache<String, byte[]> lastWords = Caffeine.newBuilder()
            .maximumSize(MOST_LAST_WORDS)
            .expireAfterWrite(LAST_WORDS_LAST)
            .executor(Runnable::run)
            .build();

    SockJsRoutes(
            SwitchboardConfig config,
            EventLoops loops,
            SessionServices services,
            SockJsText text,
            ConnectionLimits limits,
            GatewayMetrics metrics,
            Entrance entrance) {
        this.loops = loops;
        this.services = services;
        this.text = text;
        this.limits = limits;
        this.metrics = metrics;
        this.entrance = entrance;
        this.clients = new Clients(config);
        this.bounds = InboundBounds.of(config);
        this.disconnectDelay = config.sockjs().disconnectDelay();
    }

    void routes(@Observes Router router) {
        router.route(PATH + "/*").order(ORDER).handler(this::handle);
    }

    /** Sessions over plain HTTP that are open, or on their way out. */
    int sessions() {
        return sessions.size();
    }

    private void handle(RoutingContext context) {
        Optional<SockJsPath> path = SockJsPath.of(rest(context));
        if (path.filter(known -> known.kind() == SockJsPath.Kind.WEBSOCKET).isPresent()
                && context.request().headers().contains("Sec-WebSocket-Key")) {
            // UpgradeGate decides
            context.next();
            return;
        }
        try {
            answer(context, path);
        } catch (RuntimeException e) {
            // The platform would write the URI to the log.
            LOG.error("request not handled", Redacted.of(e));
            if (!context.response().ended()) {
                end(context.response(), 500);
            }
        }
    }

    /** What is behind {@link #PATH}. */
    private static String rest(RoutingContext context) {
        String mount = context.mountPoint() == null ? "" : context.mountPoint();
        int root = mount.endsWith("/") ? mount.length() - 1 : mount.length();
        return context.normalizedPath().substring(root + PATH.length());
    }

    private void answer(RoutingContext context, Optional<SockJsPath> path) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        response.putHeader(HttpHeaders.CACHE_CONTROL, NEVER_CACHED).putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        switch (clients.of(request)) {
            case Clients.Verdict.Refused refused -> refuse(response, refused);
            case Clients.Verdict.Known(TrustedProxies.Client client) -> {
                String origin = request.getHeader(HttpHeaders.ORIGIN);
                if (origin != null) {
                    response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                            .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
                }
                if (path.isEmpty()) {
                    end(response, 404);
                } else if (request.method().equals(HttpMethod.OPTIONS)) {
                    preflight(response, path.get().kind());
                } else if (!request.method().name().equals(path.get().kind().method())) {
                    response.putHeader(HttpHeaders.ALLOW, path.get().kind().method());
                    end(response, 405);
                } else {
                    serve(context, path.get(), client.address());
                }
            }
        }
    }

    private void refuse(HttpServerResponse response, Clients.Verdict.Refused refused) {
        metrics.upgradeRefused(refused.reason());
        end(response, refused.status());
    }

    private static void end(HttpServerResponse response, int status) {
        response.setStatusCode(status).end();
    }

    private static void end(HttpServerResponse response, int status, String contentType, String body) {
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .end(body);
    }

    private static void preflight(HttpServerResponse response, SockJsPath.Kind kind) {
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, "OPTIONS, " + kind.method())
                .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, HttpHeaders.CONTENT_TYPE)
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, PREFLIGHT_LASTS);
        end(response, 204);
    }

    private void serve(RoutingContext context, SockJsPath path, String address) {
        HttpServerResponse response = context.response();
        switch (path.kind()) {
            case GREETING -> end(response, 200, TEXT, "Welcome to SockJS!\n");
            case INFO -> inform(response);
            case WEBSOCKET -> end(response, 400, TEXT, "Can \"Upgrade\" only to \"WebSocket\".");
            case XHR -> receive(context, path.session(), SockJsFormat.XHR, address);
            case XHR_STREAMING -> receive(context, path.session(), SockJsFormat.XHR_STREAMING, address);
            case EVENTSOURCE -> receive(context, path.session(), SockJsFormat.EVENTSOURCE, address);
            case XHR_SEND -> {
                SockJsTransport transport = sessions.get(path.session());
                if (transport == null) {
                    end(response, 404);
                } else {
                    SockJsSend.read(context.request(), transport, text, bounds.messageSize());
                }
            }
        }
    }

    private void inform(HttpServerResponse response) {
        Optional<String> closed = entrance.closed();
        if (closed.isPresent()) {
            refuse(response, new Clients.Verdict.Refused(503, closed.get()));
            return;
        }
        end(
                response,
                200,
                "application/json; charset=UTF-8",
                "{\"websocket\":true,\"origins\":[\"*:*\"],\"cookie_needed\":false,\"entropy\":"
                        + Integer.toUnsignedString(random.nextInt()) + "}");
    }

    /** The client asks for frames, and begins a session if there is none of that id. */
    private void receive(RoutingContext context, String id, SockJsFormat format, String address) {
        // a body says nothing here
        context.request().resume();
        SockJsTransport known = sessions.get(id);
        if (known != null) {
            attach(context, format, known);
            return;
        }
        byte[] lastWord = lastWords.getIfPresent(id);
        if (lastWord != null) {
            Buffer body = format.begin();
            format.append(body, lastWord);
            new HttpReceiver(context, format).end(body, () -> {});
            return;
        }
        Optional<String> closed = entrance.closed();
        if (closed.isPresent()) {
            refuse(context.response(), new Clients.Verdict.Refused(503, closed.get()));
            return;
        }
        Optional<Clients.Verdict.Refused> full = Clients.refusal(limits.enter(address));
        if (full.isPresent()) {
            refuse(context.response(), full.get());
            return;
        }
        Place place = new Place(
                id, address, loops.of(ChannelSocket.channelOf(context.request()).eventLoop()));
        SockJsTransport other = sessions.putIfAbsent(id, place.transport);
        if (other == null) {
            open(place, new HttpReceiver(context, format));
        } else {
            // another connection was faster
            limits.releaseUnauthenticated();
            limits.leave(address);
            attach(context, format, other);
        }
    }

    private static void attach(RoutingContext context, SockJsFormat format, SockJsTransport transport) {
        HttpReceiver receiver = new HttpReceiver(context, format);
        receiver.belongTo(transport);
        transport.loop().execute(() -> transport.attach(receiver));
    }

    private void open(Place place, HttpReceiver receiver) {
        SockJsTransport transport = place.transport;
        receiver.belongTo(transport);
        Session session = new Session(transport, place.owned.shard(), place.owned.flusher(), services);
        place.beat();
        try {
            transport.open(session, OPENING, receiver);
        } catch (RuntimeException e) {
            LOG.error("session not opened", Redacted.of(e));
            transport.abort();
        }
    }

    /** What a session has taken, and gives back. On its loop. */
    private final class Place implements SockJsTransport.Owner {
        private final String id;
        private final String address;
        private final EventLoops.Owned owned;
        private final SockJsTransport transport;
        private Optional<Sweep.Place> beats = Optional.empty();

        private Place(String id, String address, EventLoops.Owned owned) {
            this.id = id;
            this.address = address;
            this.owned = owned;
            this.transport =
                    new SockJsTransport(address, owned.loop(), services.timers(), bounds, disconnectDelay, this);
        }

        private void beat() {
            beats = Optional.of(owned.heartbeats().add(transport));
        }

        @Override
        public void ended(Optional<byte[]> lastWord) {
            // Before it goes, so that no new session takes its name meanwhile.
            lastWord.ifPresent(frame -> lastWords.put(id, frame));
            sessions.remove(id, transport);
            beats.ifPresent(owned.heartbeats()::remove);
            limits.leave(address);
        }
    }
}
