package io.switchboard.cluster.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Reads what a {@link Packer} wrote; what is none of that ends with {@link UnreadableException}. Not for several threads. */
final class Unpacker {
    private final ByteBuffer in;

    Unpacker(byte[] bytes) {
        this.in = ByteBuffer.wrap(bytes);
        if (code() != Packer.VERSION) {
            throw new UnreadableException();
        }
    }

    int code() {
        try {
            return in.get();
        } catch (BufferUnderflowException _) {
            throw new UnreadableException();
        }
    }

    boolean flag() {
        return switch (code()) {
            case 0 -> false;
            case 1 -> true;
            default -> throw new UnreadableException();
        };
    }

    /** A number of things, each of which takes that many bytes at least. */
    int count(int bytes) {
        int count = integer();
        if (count < 0 || count > in.remaining() / bytes) {
            throw new UnreadableException();
        }
        return count;
    }

    int integer() {
        try {
            return in.getInt();
        } catch (BufferUnderflowException _) {
            throw new UnreadableException();
        }
    }

    long number() {
        try {
            return in.getLong();
        } catch (BufferUnderflowException _) {
            throw new UnreadableException();
        }
    }

    byte[] bytes() {
        byte[] bytes = new byte[count(1)];
        in.get(bytes);
        return bytes;
    }

    String text() {
        return new String(bytes(), UTF_8);
    }

    UUID uuid() {
        return new UUID(number(), number());
    }

    Optional<byte[]> maybeBytes() {
        return flag() ? Optional.of(bytes()) : Optional.empty();
    }

    Optional<String> maybeText() {
        return flag() ? Optional.of(text()) : Optional.empty();
    }

    List<String> texts() {
        int count = count(Integer.BYTES);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            texts.add(text());
        }
        return texts;
    }

    /** Nothing follows. */
    void end() {
        if (in.hasRemaining()) {
            throw new UnreadableException();
        }
    }
}
