package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where SockJS clients open a WebSocket; {@link SockJsRoutes} has looked at what they call it. */
@WebSocket(path = SockJsEndpoint.PATH, endpointId = SockJsEndpoint.ID)
final class SockJsEndpoint {
    static final String PATH = SockJsRoutes.PATH + "/{server}/{session}/websocket";
    static final String ID = "sockjs";

    private final SocketGateway gateway;

    SockJsEndpoint(SocketGateway gateway) {
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
