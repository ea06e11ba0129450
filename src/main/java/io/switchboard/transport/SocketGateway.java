package io.switchboard.transport;

import io.netty.util.concurrent.EventExecutor;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;
import io.switchboard.hub.Hub;
import io.switchboard.session.Opening;
import io.switchboard.session.Session;
import io.switchboard.session.SessionServices;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Makes a session of every connection that was upgraded. Runs on the event loop of the connection. */
@Singleton
final class SocketGateway {
    private static final Logger LOG = Logger.getLogger(SocketGateway.class);

    private final EventLoops loops;
    private final SessionServices services;

    SocketGateway(EventLoops loops, SessionServices services) {
        this.loops = loops;
        this.services = services;
    }

    /** Finds out at the start, not at the first connection, that the hub cannot tell so many loops apart. */
    void check(@Observes StartupEvent event, Vertx vertx) {
        int count = 0;
        for (EventExecutor _ : ((VertxInternal) vertx).getEventLoopGroup()) {
            count++;
        }
        if (count > Hub.MOST_SHARDS) {
            throw new IllegalStateException("Switchboard runs on at most " + Hub.MOST_SHARDS
                    + " event loops, and there are " + count + ": set quarkus.vertx.event-loops-pool-size");
        }
    }

    /** On the event loop, since it returns a {@code Uni}. */
    Uni<Void> open(WebSocketConnection connection) {
        ChannelSocket socket = connection.userData().get(UpgradeGate.SOCKET);
        if (!socket.channel().isOpen()) {
            // Its place was given back already.
            return Uni.createFrom().voidItem();
        }
        Opening opening = connection.userData().get(UpgradeGate.OPENING);
        EventLoops.Owned owned = loops.of(socket.channel().eventLoop());
        Session session = new Session(socket, owned.shard(), owned.flusher(), services);
        socket.bind(connection, session, opening, owned.liveness());
        return Uni.createFrom().voidItem();
    }

    /** A connection that broke: the peer's doing, and its session has heard of it from the channel. */
    Uni<Void> failed(Throwable failure) {
        LOG.debugf("connection failed type=%s", failure.getClass().getName());
        return Uni.createFrom().voidItem();
    }
}
