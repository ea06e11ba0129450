package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where STOMP clients connect that know the path of SockJS and not its frames. */
@WebSocket(path = StompEndpoint.PATH, endpointId = StompEndpoint.ID)
final class StompEndpoint {
    static final String PATH = SockJsRoutes.PATH + "/websocket";
    static final String ID = "stomp";

    private final SocketGateway gateway;

    StompEndpoint(SocketGateway gateway) {
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
