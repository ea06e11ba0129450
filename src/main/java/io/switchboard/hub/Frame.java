package io.switchboard.hub;

import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Bytes ready for the wire, rendered once and copied to each socket that wants them. Immutable, any thread. */
public final class Frame {
    /** RFC 6455, 5.2: FIN and opcode 1. */
    private static final byte FINAL_TEXT = (byte) 0x81;

    /** FIN and opcode 2. */
    private static final byte FINAL_BINARY = (byte) 0x82;

    private final byte[] bytes;

    private Frame(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A whole WebSocket text message, as a server sends it: unmasked, in one frame (RFC 6455, 5.2). */
    public static Frame text(byte[] utf8) {
        return of(FINAL_TEXT, utf8);
    }

    /** A whole WebSocket binary message. */
    public static Frame binary(byte[] content) {
        return of(FINAL_BINARY, content);
    }

    private static Frame of(byte first, byte[] content) {
        int length = content.length;
        int header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
        byte[] bytes = new byte[header + length];
        bytes[0] = first;
        switch (header) {
            case 2 -> bytes[1] = (byte) length;
            case 4 -> {
                bytes[1] = 126;
                bytes[2] = (byte) (length >>> 8);
                bytes[3] = (byte) length;
            }
            default -> {
                bytes[1] = 127;
                for (int i = 0; i < Integer.BYTES; i++) {
                    bytes[6 + i] = (byte) (length >>> (8 * (3 - i)));
                }
            }
        }
        System.arraycopy(content, 0, bytes, header, length);
        return new Frame(bytes);
    }

    /** The same from a string. */
    public static Frame text(String text) {
        return text(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Several whole messages, one behind the other, which are written and left out as one. */
    public static Frame of(List<Frame> frames) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        frames.forEach(frame -> out.writeBytes(frame.bytes));
        return new Frame(out.toByteArray());
    }

    /** What the messages of the frame say, in their order, without what makes them WebSocket messages; of text it is UTF-8. */
    public List<byte[]> contents() {
        List<byte[]> contents = new ArrayList<>(1);
        ByteBuffer rest = ByteBuffer.wrap(bytes);
        while (rest.hasRemaining()) {
            rest.get();
            byte first = rest.get();
            int length = switch (first) {
                case 126 -> Short.toUnsignedInt(rest.getShort());
                case 127 -> Math.toIntExact(rest.getLong());
                default -> first;
            };
            byte[] content = new byte[length];
            rest.get(content);
            contents.add(content);
        }
        return contents;
    }

    /** Size on the wire, in bytes. */
    public int size() {
        return bytes.length;
    }

    /** Copies the frame to the end of the buffer. */
    public void writeTo(ByteBuf target) {
        target.writeBytes(bytes);
    }
}
