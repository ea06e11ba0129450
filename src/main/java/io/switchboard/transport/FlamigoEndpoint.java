package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where clients of Flamigo connect. */
@WebSocket(path = FlamigoEndpoint.PATH, endpointId = FlamigoEndpoint.ID)
final class FlamigoEndpoint {
    static final String PATH = "/flamigo";
    static final String ID = "flamigo";

    private final SocketGateway gateway;

    FlamigoEndpoint(SocketGateway gateway) {
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
