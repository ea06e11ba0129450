package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where the Cells web client connects. */
@WebSocket(path = CellsEndpoint.PATH, endpointId = CellsEndpoint.ID)
final class CellsEndpoint {
    static final String PATH = "/ws/event";
    static final String ID = "cells";

    private final SocketGateway gateway;

    CellsEndpoint(SocketGateway gateway) {
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
