package io.switchboard.cluster.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;

/** Reads what another replica says, as {@link PacketWriter} wrote it. What is malformed is an {@link UnreadablePacketException}. */
final class PacketReader {
    private final ByteBuffer bytes;

    PacketReader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
        if (number() != PacketWriter.VERSION) {
            throw new UnreadablePacketException();
        }
    }

    /** To be read first. */
    <K extends Enum<K>> K kind(K[] kinds) {
        int ordinal = number();
        if (ordinal < 0 || ordinal >= kinds.length) {
            throw new UnreadablePacketException();
        }
        return kinds[ordinal];
    }

    boolean flag() {
        return has(1).get() != 0;
    }

    int number() {
        return has(Integer.BYTES).getInt();
    }

    long longNumber() {
        return has(Long.BYTES).getLong();
    }

    UUID uuid() {
        return new UUID(longNumber(), longNumber());
    }

    String text() {
        int length = number();
        if (length < 0 || length > bytes.remaining()) {
            throw new UnreadablePacketException();
        }
        byte[] utf8 = new byte[length];
        ByteBuffer _ = bytes.get(utf8);
        return new String(utf8, UTF_8);
    }

    Optional<String> optionalText() {
        return flag() ? Optional.of(text()) : Optional.empty();
    }

    /** How many follow, each of so many bytes at least. */
    int count(int least) {
        int count = number();
        if (count < 0 || (long) count * least > bytes.remaining()) {
            throw new UnreadablePacketException();
        }
        return count;
    }

    private ByteBuffer has(int length) {
        if (bytes.remaining() < length) {
            throw new UnreadablePacketException();
        }
        return bytes;
    }
}
