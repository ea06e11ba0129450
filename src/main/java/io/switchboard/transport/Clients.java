package io.switchboard.transport;

import io.switchboard.config.SwitchboardConfig;
import io.switchboard.limit.ConnectionLimits.Admission;
import io.switchboard.transport.TrustedProxies.Client;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** Who asks, and whether the page that made the browser ask may do that: the same for sockets and for SockJS. Any thread. */
final class Clients {
    /** What is found out about a request. */
    sealed interface Verdict {
        /** It may go on. */
        record Known(Client client) implements Verdict {}

        /**
         * It may not.
         *
         * @param status of the answer
         * @param reason for the operator's figures
         */
        record Refused(int status, String reason) implements Verdict {}
    }

    private final Origins origins;
    private final TrustedProxies proxies;

    Clients(SwitchboardConfig config) {
        this.origins = new Origins(config.origins().orElse(List.of()), config.originRequired());
        this.proxies = new TrustedProxies(config.proxy().trusted().orElse(List.of()));
    }

    Verdict of(HttpServerRequest request) {
        MultiMap headers = request.headers();
        if (headers.getAll(HttpHeaders.HOST).size() > 1
                || headers.getAll(HttpHeaders.ORIGIN).size() > 1) {
            return new Verdict.Refused(400, "handshake");
        }
        Optional<Client> client = ChannelSocket.channelOf(request).remoteAddress() instanceof InetSocketAddress peer
                ? proxies.clientOf(peer.getAddress(), headers)
                : Optional.empty();
        if (client.isEmpty()) {
            return new Verdict.Refused(400, "forwarded");
        }
        boolean allowed = origins.allows(
                Optional.ofNullable(headers.get(HttpHeaders.ORIGIN)),
                client.get().host(),
                client.get().scheme());
        return allowed ? new Verdict.Known(client.get()) : new Verdict.Refused(403, "origin");
    }

    /** What one is told who got no place; empty: there was one. */
    static Optional<Verdict.Refused> refusal(Admission admission) {
        return switch (admission) {
            case ADMITTED -> Optional.empty();
            case SERVER_FULL -> Optional.of(new Verdict.Refused(503, "connections"));
            case UNAUTHENTICATED_FULL -> Optional.of(new Verdict.Refused(503, "connections_unauthenticated"));
            case ADDRESS_FULL -> Optional.of(new Verdict.Refused(429, "connections_per_address"));
        };
    }
}
