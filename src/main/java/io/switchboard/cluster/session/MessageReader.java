package io.switchboard.cluster.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Reads what a {@link MessageWriter} wrote. All methods throw {@link UnreadableMessageException} where it is none of that. Not for
 * several threads.
 */
final class MessageReader {
    /**
     * What there was room for of a list.
     *
     * @param complete whether that is all
     */
    record Part<T>(List<T> items, boolean complete) {
        Part {
            items = List.copyOf(items);
        }
    }

    private final ByteBuffer in;

    MessageReader(byte[] bytes) {
        this.in = ByteBuffer.wrap(bytes);
        if (code() != MessageWriter.VERSION) {
            throw new UnreadableMessageException();
        }
    }

    int code() {
        return read(in::get);
    }

    boolean flag() {
        return switch (code()) {
            case 0 -> false;
            case 1 -> true;
            default -> throw new UnreadableMessageException();
        };
    }

    int count() {
        return read(in::getInt);
    }

    long number() {
        return read(in::getLong);
    }

    String text() {
        byte[] bytes = new byte[length()];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }

    List<String> texts() {
        return list(length(), this::text);
    }

    UUID uuid() {
        return new UUID(number(), number());
    }

    Instant instant() {
        try {
            return Instant.ofEpochSecond(number(), count());
        } catch (DateTimeException | ArithmeticException _) {
            throw new UnreadableMessageException();
        }
    }

    <T> Optional<T> maybe(Supplier<T> read) {
        return flag() ? Optional.of(read.get()) : Optional.empty();
    }

    <T> Part<T> part(Supplier<T> read) {
        boolean complete = flag();
        return new Part<>(list(length(), read), complete);
    }

    /** Nothing follows. */
    void end() {
        if (in.hasRemaining()) {
            throw new UnreadableMessageException();
        }
    }

    private static <T> List<T> list(int size, Supplier<T> read) {
        List<T> items = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            items.add(read.get());
        }
        return items;
    }

    /** A number of things, each of which takes a byte at least. */
    private int length() {
        int length = count();
        if (length < 0 || length > in.remaining()) {
            throw new UnreadableMessageException();
        }
        return length;
    }

    private static <T> T read(Supplier<T> read) {
        try {
            return read.get();
        } catch (BufferUnderflowException _) {
            throw new UnreadableMessageException();
        }
    }
}
