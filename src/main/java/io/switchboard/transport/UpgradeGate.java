package io.switchboard.transport;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.quarkus.websockets.next.UserData;
import io.smallrye.mutiny.Uni;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Detection;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.UpgradeRequest;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.limit.ConnectionLimits.Admission;
import io.switchboard.metric.GatewayMetrics;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/** Decides about every upgrade before it happens: origin, dialect, limits. Runs on the event loop of the connection. */
@Singleton
final class UpgradeGate implements HttpUpgradeCheck {
    static final UserData.TypedKey<ChannelSocket> SOCKET = new UserData.TypedKey<>("switchboard.socket");
    static final UserData.TypedKey<Optional<DialectKind>> DIALECT = new UserData.TypedKey<>("switchboard.dialect");

    private static final AttributeKey<Boolean> ADMITTED = AttributeKey.valueOf("switchboard.admitted");
    private static final String BEARER = "Bearer ";
    private static final String TOKEN_SUBPROTOCOL = "access_token.";

    private final Detector detector;
    private final ConnectionLimits limits;
    private final GatewayMetrics metrics;
    private final Drain drain;
    private final Origins origins;
    private final boolean authorizationHeaderCounts;
    private final long maxMessageSize;

    UpgradeGate(
            SwitchboardConfig config, Detector detector, ConnectionLimits limits, GatewayMetrics metrics, Drain drain) {
        this.detector = detector;
        this.limits = limits;
        this.metrics = metrics;
        this.drain = drain;
        this.origins = new Origins(config.origins().orElse(List.of()), config.originRequired());
        this.authorizationHeaderCounts = config.detect().authorizationHeader();
        this.maxMessageSize = config.limits().messageSize().asLongValue();
    }

    @Override
    public Uni<CheckResult> perform(HttpUpgradeContext context) {
        return Uni.createFrom().item(decide(context));
    }

    private CheckResult decide(HttpUpgradeContext context) {
        HttpServerRequest request = context.httpRequest();
        if (drain.begun()) {
            return refuse(503, "draining");
        }
        if (!origins.allows(header(request, HttpHeaders.ORIGIN), header(request, HttpHeaders.HOST))) {
            return refuse(403, "origin");
        }
        Optional<DialectKind> kind;
        if (context.endpointId().equals(DetectingEndpoint.ID)) {
            UpgradeRequest upgrade = read(request);
            switch (detector.detect(upgrade)) {
                case Detection.Refused(int status) -> {
                    return refuse(status, "dialect");
                }
                case Detection.Speaks speaks -> {
                    if (speaks.kind() == DialectKind.REALTIME
                            && upgrade.subprotocols().stream().anyMatch(s -> s.startsWith(TOKEN_SUBPROTOCOL))) {
                        // The handshake would have to repeat the offered subprotocol, and only for a token that
                        // verified.
                        return refuse(501, "dialect");
                    }
                    kind = Optional.of(speaks.kind());
                }
                case Detection.AwaitsFirstFrame _ -> kind = Optional.empty();
            }
        } else {
            kind = Optional.of(DialectKind.CELLS);
        }
        String address = String.valueOf(request.remoteAddress().hostAddress());
        ChannelSocket socket = ChannelSocket.install(request, address, maxMessageSize);
        Admission admission = admit(socket.channel(), address);
        if (admission != Admission.ADMITTED) {
            return admission == Admission.SERVER_FULL
                    ? refuse(503, "connections")
                    : refuse(429, "connections_per_address");
        }
        context.userData().put(SOCKET, socket);
        context.userData().put(DIALECT, kind);
        return CheckResult.permitUpgradeSync();
    }

    /** A connection keeps its place until its channel closes, however often it tries. */
    private Admission admit(Channel channel, String address) {
        if (channel.hasAttr(ADMITTED)) {
            return Admission.ADMITTED;
        }
        Admission admission = limits.enter(address);
        if (admission == Admission.ADMITTED) {
            channel.attr(ADMITTED).set(true);
            channel.closeFuture().addListener(_ -> limits.leave(address));
        }
        return admission;
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
        List<String> subprotocols = request.headers().getAll("Sec-WebSocket-Protocol").stream()
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
