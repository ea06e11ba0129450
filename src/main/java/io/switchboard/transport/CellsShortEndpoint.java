package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where the Cells web client connects when a proxy has cut {@code /ws} off. */
@WebSocket(path = CellsShortEndpoint.PATH, endpointId = CellsShortEndpoint.ID)
final class CellsShortEndpoint {
    static final String PATH = "/event";
    static final String ID = "cells-short";

    private final SocketGateway gateway;

    CellsShortEndpoint(SocketGateway gateway) {
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
