package io.switchboard.transport;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.quarkus.websockets.next.UserData;
import io.smallrye.mutiny.Uni;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Detection;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.UpgradeRequest;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.limit.ConnectionLimits.Admission;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Opening;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;

/** Decides about every upgrade before it happens: origin, dialect, limits. Runs on the event loop of the connection. */
@Singleton
final class UpgradeGate implements HttpUpgradeCheck {
    static final UserData.TypedKey<ChannelSocket> SOCKET = new UserData.TypedKey<>("switchboard.socket");
    static final UserData.TypedKey<Opening> OPENING = new UserData.TypedKey<>("switchboard.opening");

    private static final Logger LOG = Logger.getLogger(UpgradeGate.class);
    private static final AttributeKey<ChannelSocket> ADMITTED = AttributeKey.valueOf("switchboard.admitted");
    /** RFC 6455, 4.2.1: the only one that browsers of this decade speak; the framework knows drafts too. */
    private static final String VERSION = "13";

    private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";
    private static final String BEARER = "Bearer ";

    private final Detector detector;
    private final Dialects dialects;
    private final TokenVerifier verifier;
    private final ConnectionLimits limits;
    private final GatewayMetrics metrics;
    private final Entrance entrance;
    private final Clients clients;
    private final boolean authorizationHeaderCounts;
    private final InboundBounds bounds;

    UpgradeGate(
            SwitchboardConfig config,
            Detector detector,
            Dialects dialects,
            TokenVerifier verifier,
            ConnectionLimits limits,
            GatewayMetrics metrics,
            Entrance entrance) {
        this.detector = detector;
        this.dialects = dialects;
        this.verifier = verifier;
        this.limits = limits;
        this.metrics = metrics;
        this.entrance = entrance;
        this.clients = new Clients(config);
        this.authorizationHeaderCounts = config.detect().authorizationHeader();
        this.bounds = InboundBounds.of(config);
    }

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        HttpServerRequest request = context.httpRequest();
        CompletionStage<CheckResult> decision;
        try {
            decision = decide(context, request);
        } catch (RuntimeException e) {
            // The platform would write the URI to the log.
            LOG.error("upgrade not decided", Redacted.of(e));
            decision = done(refuse(500, "failed"));
        }
        return Uni.createFrom().completionStage(decision.thenApply(result -> {
            if (!result.isUpgradePermitted()) {
                // Who was refused keeps nothing, not even the connection; behind the answer, which is written by then.
                ChannelSocket.channelOf(request)
                        .eventLoop()
                        .execute(() -> request.connection().close());
            }
            return result;
        }));
    }

    private static CompletionStage<CheckResult> done(CheckResult result) {
        return CompletableFuture.completedFuture(result);
    }

    private CompletionStage<CheckResult> decide(HttpUpgradeContext context, HttpServerRequest request) {
        Optional<String> closed = entrance.closed();
        if (closed.isPresent()) {
            return done(refuse(503, closed.get()));
        }
        MultiMap headers = request.headers();
        if (!HttpMethod.GET.equals(request.method())
                || !contains(headers, HttpHeaders.UPGRADE, "websocket")
                || !contains(headers, HttpHeaders.CONNECTION, "upgrade")) {
            return done(refuse(400, "handshake"));
        }
        if (!VERSION.equals(headers.get("Sec-WebSocket-Version"))) {
            metrics.upgradeRefused("handshake");
            return done(CheckResult.rejectUpgradeSync(426, Map.of("Sec-WebSocket-Version", List.of(VERSION))));
        }
        return switch (clients.of(request)) {
            case Clients.Verdict.Refused refused -> done(refuse(refused));
            case Clients.Verdict.Known(TrustedProxies.Client client) -> decide(context, request, client.address());
        };
    }

    private CompletionStage<CheckResult> decide(HttpUpgradeContext context, HttpServerRequest request, String address) {
        Optional<Opening> known = openingOf(context.endpointId());
        if (known.isPresent()) {
            return done(admit(context, request, address, known.get(), Map.of()));
        }
        UpgradeRequest upgrade;
        try {
            upgrade = read(request);
        } catch (IllegalArgumentException _) {
            // The decoder's message quotes the query.
            return done(refuse(400, "query"));
        }
        return switch (detector.detect(upgrade)) {
            case Detection.Refused(int status) -> done(refuse(status, "dialect"));
            case Detection.AwaitsFirstFrame _ -> done(admit(context, request, address, Opening.UNKNOWN, Map.of()));
            case Detection.Speaks(DialectKind kind) ->
                bringsToken(kind, upgrade) && dialects.find(kind).isPresent()
                        ? signIn(kind, context, request, address, upgrade)
                        : done(admit(context, request, address, Opening.of(kind), Map.of()));
        };
    }

    /** Whether it is the upgrade request that signs in: always, or as the client likes. */
    private static boolean bringsToken(DialectKind kind, UpgradeRequest upgrade) {
        return kind == DialectKind.REALTIME
                || (kind == DialectKind.STOMP
                        && (upgrade.tokenSubprotocol().isPresent()
                                || upgrade.token().isPresent()));
    }

    /** What an endpoint's path says already. */
    private static Optional<Opening> openingOf(String endpoint) {
        return switch (endpoint) {
            case CellsEndpoint.ID, CellsShortEndpoint.ID -> Optional.of(Opening.of(DialectKind.CELLS));
            case ChatEndpoint.ID, ChatLongEndpoint.ID -> Optional.of(Opening.of(DialectKind.CHAT));
            case FlamigoEndpoint.ID -> Optional.of(Opening.of(DialectKind.FLAMIGO));
            case OpenFlowEndpoint.ID -> Optional.of(Opening.of(DialectKind.OPENFLOW));
            case SockJsEndpoint.ID -> Optional.of(SockJsRoutes.OPENING);
            case StompEndpoint.ID -> Optional.of(Opening.of(DialectKind.STOMP));
            default -> Optional.empty();
        };
    }

    /**
     * Verifies the token that came with the request. Where it came as a subprotocol the answer repeats it, or browsers drop the
     * connection; and only one that verified is repeated.
     */
    private CompletionStage<CheckResult> signIn(
            DialectKind kind,
            HttpUpgradeContext context,
            HttpServerRequest request,
            String address,
            UpgradeRequest upgrade) {
        Optional<String> subprotocol = upgrade.tokenSubprotocol();
        Optional<String> token = subprotocol
                .map(text -> text.substring(UpgradeRequest.TOKEN_SUBPROTOCOL.length()))
                .or(upgrade::token);
        Map<String, List<String>> headers = kind == DialectKind.REALTIME
                ? subprotocol.map(text -> Map.of(SUBPROTOCOL, List.of(text))).orElse(Map.of())
                : Map.of();
        // the platform would write it to the log as a subprotocol that it does not know
        request.headers().remove(SUBPROTOCOL);
        if (kind == DialectKind.STOMP) {
            request.headers()
                    .set(
                            SUBPROTOCOL,
                            upgrade.subprotocols().stream()
                                    .filter(Detector.STOMP_SUBPROTOCOLS::contains)
                                    .toList());
        }
        boolean binary = "1".equals(request.getParam("binary"));
        boolean acknowledges = "client".equals(request.getParam("acks"));
        Executor loop = ChannelSocket.channelOf(request).eventLoop();
        CompletableFuture<CheckResult> result = new CompletableFuture<>();
        verifier.verify(token.orElse(""))
                .whenCompleteAsync(
                        (claims, failure) -> {
                            try {
                                result.complete(
                                        failure == null
                                                ? admit(
                                                        context,
                                                        request,
                                                        address,
                                                        new Opening(
                                                                Optional.of(kind),
                                                                Optional.of(claims),
                                                                new Manner(binary, false),
                                                                acknowledges),
                                                        headers)
                                                : refuse(Causes.of(failure)));
                            } catch (RuntimeException e) {
                                result.completeExceptionally(e);
                            }
                        },
                        loop);
        return result.exceptionally(failure -> {
            LOG.error("upgrade not decided", Redacted.of(failure));
            return refuse(500, "failed");
        });
    }

    private CheckResult refuse(Throwable failure) {
        return failure instanceof TokenRejectedException rejected && rejected.reason() == Reason.UNAVAILABLE
                ? refuse(503, "token")
                : refuse(401, "token");
    }

    /** Gives the connection its place, and the session what it needs to begin. On the connection's event loop. */
    private CheckResult admit(
            HttpUpgradeContext context,
            HttpServerRequest request,
            String address,
            Opening opening,
            Map<String, List<String>> headers) {
        ChannelSocket socket =
                ChannelSocket.install(ChannelSocket.channelOf(request), address, bounds, System::nanoTime);
        Optional<Clients.Verdict.Refused> full = Clients.refusal(admit(socket, address));
        if (full.isPresent()) {
            return refuse(full.get());
        }
        context.userData().put(SOCKET, socket);
        context.userData().put(OPENING, opening);
        return CheckResult.permitUpgradeSync(headers);
    }

    /** A connection keeps its place until its channel closes, however often it tries. */
    private Admission admit(ChannelSocket socket, String address) {
        Channel channel = socket.channel();
        if (channel.attr(ADMITTED).getAndSet(socket) != null) {
            return Admission.ADMITTED;
        }
        Admission admission = limits.enter(address);
        if (admission == Admission.ADMITTED) {
            channel.closeFuture().addListener(_ -> {
                limits.leave(address);
                if (!channel.attr(ADMITTED).get().isBound()) {
                    // No session has come of it that would do that.
                    limits.releaseUnauthenticated();
                }
            });
        } else {
            channel.attr(ADMITTED).set(null);
        }
        return admission;
    }

    private static boolean contains(MultiMap headers, CharSequence name, String token) {
        return headers.getAll(name).stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .anyMatch(value -> value.strip().equalsIgnoreCase(token));
    }

    private CheckResult refuse(Clients.Verdict.Refused refused) {
        return refuse(refused.status(), refused.reason());
    }

    private CheckResult refuse(int status, String reason) {
        metrics.upgradeRefused(reason);
        return CheckResult.rejectUpgradeSync(status);
    }

    private UpgradeRequest read(HttpServerRequest request) {
        Optional<String> token = Optional.ofNullable(request.getParam("token"));
        if (token.isEmpty() && authorizationHeaderCounts) {
            token = header(request, HttpHeaders.AUTHORIZATION)
                    .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
                    .map(value -> value.substring(BEARER.length()).strip());
        }
        List<String> subprotocols = request.headers().getAll(SUBPROTOCOL).stream()
                .flatMap(value -> List.of(value.split(",")).stream())
                .map(String::strip)
                .toList();
        return new UpgradeRequest(
                subprotocols,
                Optional.ofNullable(request.getParam("protocol")),
                token.filter(value -> !value.isEmpty()));
    }

    private static Optional<String> header(HttpServerRequest request, CharSequence name) {
        return Optional.ofNullable(request.getHeader(name));
    }
}
