package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import io.switchboard.dialect.sockjs.SockJsText;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A request that brings messages, of which a session has one at a time: so at most one body, and one that is not too long, is
 * held for each. Called on the loop of its connection, but for the answer.
 */
final class SockJsSend implements SockJsTransport.Answer {
    private static final String TEXT = "text/plain; charset=UTF-8";

    private final HttpServerRequest request;
    private final EventLoop connection;
    private final SockJsTransport transport;
    private final SockJsText text;
    private final long bound;
    private Buffer body = Buffer.buffer();
    private boolean over;

    private SockJsSend(HttpServerRequest request, SockJsTransport transport, SockJsText text, long bound) {
        this.request = requireNonNull(request, "request");
        this.connection = ChannelSocket.channelOf(request).eventLoop();
        this.transport = requireNonNull(transport, "transport");
        this.text = requireNonNull(text, "text");
        this.bound = bound;
    }

    /**
     * Reads the body, and hands it over.
     *
     * @param bound of it in bytes; 0: none
     */
    static void read(HttpServerRequest request, SockJsTransport transport, SockJsText text, long bound) {
        if (!transport.beginSend()) {
            request.response()
                    .setStatusCode(503)
                    .putHeader(HttpHeaders.RETRY_AFTER, "1")
                    .end();
            return;
        }
        SockJsSend send = new SockJsSend(request, transport, text, bound);
        if (send.isTooLong(declared(request))) {
            send.tooLong();
        } else {
            request.handler(send::part).endHandler(_ -> send.complete()).exceptionHandler(_ -> send.broken());
        }
    }

    /** As the request says; 0 where it does not. */
    private static long declared(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException _) {
            return Long.MAX_VALUE;
        }
    }

    private boolean isTooLong(long length) {
        return bound > 0 && length > bound;
    }

    private void part(Buffer part) {
        if (over) {
            return;
        }
        if (isTooLong((long) body.length() + part.length())) {
            tooLong();
        } else {
            body.appendBuffer(part);
        }
    }

    /** What is still on its way will not be read. */
    private void tooLong() {
        finish();
        request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        request.response()
                .setStatusCode(413)
                .end()
                .onComplete(_ -> request.connection().close());
    }

    private void broken() {
        if (!over) {
            finish();
        }
    }

    private void finish() {
        over = true;
        body = Buffer.buffer();
        transport.endSend();
    }

    private void complete() {
        if (over) {
            return;
        }
        if (body.length() == 0) {
            refuse("Payload expected.");
            return;
        }
        Optional<String> decoded = decoded();
        Optional<List<String>> messages = decoded.flatMap(text::messages);
        if (messages.isEmpty()) {
            refuse("Broken JSON encoding.");
            return;
        }
        over = true;
        body = Buffer.buffer();
        String array = decoded.orElseThrow();
        int count = messages.get().size();
        transport.loop().execute(() -> transport.receive(array, count, this));
    }

    private Optional<String> decoded() {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString());
        } catch (CharacterCodingException _) {
            return Optional.empty();
        }
    }

    private void refuse(String why) {
        finish();
        request.response()
                .setStatusCode(500)
                .putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                .end(why);
    }

    /** Any thread. */
    @Override
    public void accepted() {
        connection.execute(() -> answer(204));
    }

    /** Any thread. */
    @Override
    public void unknown() {
        connection.execute(() -> answer(404));
    }

    private void answer(int status) {
        // first: who reads the answer may send again
        transport.endSend();
        if (!request.response().closed()) {
            request.response()
                    .setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, TEXT)
                    .end();
        }
    }
}
