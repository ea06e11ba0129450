package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where every dialect connects; the upgrade request or the first frame tells which it is. */
@WebSocket(path = DetectingEndpoint.PATH, endpointId = DetectingEndpoint.ID)
final class DetectingEndpoint {
    static final String PATH = "/ws";
    static final String ID = "auto";

    private final SocketGateway gateway;

    DetectingEndpoint(SocketGateway gateway) {
        this.gateway = gateway;
    }

    @OnOpen
    Uni<Void> open(WebSocketConnection connection) {
        return gateway.open(connection);
    }

    @OnError
    Uni<Void> failed(Throwable failure) {
        return gateway.failed(failure);
    }
}
