package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where clients of OpenFlow connect. */
@WebSocket(path = OpenFlowEndpoint.PATH, endpointId = OpenFlowEndpoint.ID)
final class OpenFlowEndpoint {
    static final String PATH = "/openflow";

    /** Where older clients connect. */
    static final String VERSIONED_PATH = "/ws/v1";

    /** Where clients connect that were given an address alone. */
    static final String ROOT_PATH = "/";

    static final String ID = "openflow";

    private final SocketGateway gateway;

    OpenFlowEndpoint(SocketGateway gateway) {
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
