package io.switchboard.transport;

import io.vertx.core.buffer.Buffer;

/** How frames of SockJS are written into the body of an HTTP response (sockjs-protocol 0.3.3). */
enum SockJsFormat {
    /** One response for what waits, and the client comes again. */
    XHR("application/javascript; charset=UTF-8", "", false),
    /** One response for many frames; some browsers show nothing of it before its first 2 KiB. */
    XHR_STREAMING("application/javascript; charset=UTF-8", "h".repeat(2048) + "\n", true),
    /** The same as server-sent events. */
    EVENTSOURCE("text/event-stream", "\r\n", true);

    private final String contentType;
    private final String prelude;
    private final boolean streams;

    SockJsFormat(String contentType, String prelude, boolean streams) {
        this.contentType = contentType;
        this.prelude = prelude;
        this.streams = streams;
    }

    String contentType() {
        return contentType;
    }

    /** Whether a response stays open behind a frame. */
    boolean streams() {
        return streams;
    }

    /** The beginning of a response. */
    Buffer begin() {
        return Buffer.buffer(prelude);
    }

    /** Appends a frame, in UTF-8. */
    void append(Buffer body, byte[] frame) {
        switch (this) {
            case XHR, XHR_STREAMING -> body.appendBytes(frame).appendByte((byte) '\n');
            case EVENTSOURCE -> {
                body.appendString("data: ");
                appendEscaped(body, frame);
                body.appendString("\r\n\r\n");
            }
        }
    }

    /** SockJS clients read events with decodeURI; line ends are escaped by JSON already. */
    private static void appendEscaped(Buffer body, byte[] frame) {
        int from = 0;
        for (int i = 0; i < frame.length; i++) {
            if (frame[i] == '%') {
                body.appendBytes(frame, from, i - from).appendString("%25");
                from = i + 1;
            }
        }
        body.appendBytes(frame, from, frame.length - from);
    }
}
