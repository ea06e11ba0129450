package io.switchboard.transport;

import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;

/** Where the Cells web client chats. */
@WebSocket(path = ChatLongEndpoint.PATH, endpointId = ChatLongEndpoint.ID)
final class ChatLongEndpoint {
    static final String PATH = "/ws/chat";
    static final String ID = "chat-long";

    private final SocketGateway gateway;

    ChatLongEndpoint(SocketGateway gateway) {
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
