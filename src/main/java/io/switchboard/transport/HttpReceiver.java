package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.switchboard.failure.Redacted;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** The response to a request for frames. Made on the loop of its connection, which need not be that of the session. */
final class HttpReceiver implements SockJsReceiver {
    private static final Logger LOG = Logger.getLogger(HttpReceiver.class);

    private final RoutingContext context;
    private final HttpServerResponse response;
    private final EventLoop connection;
    private final SockJsFormat format;

    HttpReceiver(RoutingContext context, SockJsFormat format) {
        this.context = requireNonNull(context, "context");
        this.response = context.response();
        this.connection = ChannelSocket.channelOf(context.request()).eventLoop();
        this.format = requireNonNull(format, "format");
        response.putHeader(HttpHeaders.CONTENT_TYPE, format.contentType());
        if (format.streams()) {
            // what nginx would keep back until there is enough of it
            response.setChunked(true).putHeader("X-Accel-Buffering", "no");
        }
    }

    /** From now on the session hears when the response is over, or the connection before it. */
    void belongTo(SockJsTransport transport) {
        context.addEndHandler(_ -> transport.loop().execute(() -> transport.lost(this)));
    }

    @Override
    public SockJsFormat format() {
        return format;
    }

    @Override
    public void write(Buffer part, Runnable done) {
        here(() -> response.write(part), done);
    }

    @Override
    public void end(Buffer part, Runnable done) {
        here(() -> response.end(part), done);
    }

    @Override
    public void abort() {
        here(() -> context.request().connection().close(), () -> {});
    }

    private void here(Supplier<Future<Void>> action, Runnable done) {
        if (connection.inEventLoop()) {
            act(action, done);
        } else {
            connection.execute(() -> act(action, done));
        }
    }

    private static void act(Supplier<Future<Void>> action, Runnable done) {
        Future<Void> result;
        try {
            result = action.get();
        } catch (RuntimeException e) {
            // the response is of no use any more, which its end has told already
            LOG.debug("response not written", Redacted.of(e));
            done.run();
            return;
        }
        result.onComplete(_ -> done.run());
    }
}
