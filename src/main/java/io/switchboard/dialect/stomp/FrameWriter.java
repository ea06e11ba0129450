package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes one frame. Whatever a name or a value holds, it begins no other header and no other frame: what the version
 * cannot escape is replaced, and so is NUL, at which clients cut. Not thread-safe.
 */
final class FrameWriter {
    private static final String CONTENT_LENGTH = "content-length";

    private final StompVersion escaping;
    private final StringBuilder head;
    private byte[] body = {};

    private FrameWriter(String command, StompVersion escaping) {
        this.escaping = escaping;
        this.head = new StringBuilder(command).append('\n');
    }

    /**
     * Begins a frame.
     *
     * @param command one of ours, which nobody else can influence
     * @param version what the client speaks
     */
    static FrameWriter of(String command, StompVersion version) {
        return new FrameWriter(command, version.escaping(command));
    }

    /** Adds a header behind those before, except {@code content-length}, which is only for the writer to know. */
    FrameWriter header(String name, String value) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a header has a name");
        }
        if (!name.equals(CONTENT_LENGTH)) {
            // no space in a name: stompjs trims
            head.append(withoutEnds(escaping.escape(name), '_').replace(':', '_'))
                    .append(':')
                    .append(withoutEnds(escaping.escape(value), ' '))
                    .append('\n');
        }
        return this;
    }

    private static String withoutEnds(String text, char replacement) {
        return text.replace('\n', replacement).replace('\r', replacement).replace('\0', replacement);
    }

    /** The array is not copied before {@link #bytes} is called. */
    FrameWriter body(byte[] bytes) {
        this.body = requireNonNull(bytes, "bytes");
        return this;
    }

    /** The frame as it was put together so far. */
    byte[] bytes() {
        // stompjs 2.3.3 takes the length for one of UTF-16 characters; without it everyone reads up to the NUL
        String length = holdsNul(body) ? CONTENT_LENGTH + ":" + body.length + "\n" : "";
        byte[] start = (head + length + "\n").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(start.length + body.length + 1)
                .put(start)
                .put(body)
                .array();
    }

    private static boolean holdsNul(byte[] bytes) {
        for (byte b : bytes) {
            if (b == 0) {
                return true;
            }
        }
        return false;
    }
}
