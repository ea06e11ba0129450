package io.switchboard.cluster.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** Writes what one replica tells another, behind the version of the form. Not for several threads. */
final class MessageWriter {
    /** Whoever writes another one is not understood. */
    static final byte VERSION = 1;

    /** How much of a list is sent at most, in bytes: well below what NATS takes. */
    static final int MOST_LISTED = 512 * 1024;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    MessageWriter() {
        out.write(VERSION);
    }

    MessageWriter code(int code) {
        out.write(code);
        return this;
    }

    MessageWriter flag(boolean flag) {
        return code(flag ? 1 : 0);
    }

    MessageWriter count(int count) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(0, count).array());
        return this;
    }

    MessageWriter number(long number) {
        out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(0, number).array());
        return this;
    }

    MessageWriter text(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        count(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    MessageWriter texts(List<String> texts) {
        count(texts.size());
        texts.forEach(this::text);
        return this;
    }

    MessageWriter uuid(UUID uuid) {
        return number(uuid.getMostSignificantBits()).number(uuid.getLeastSignificantBits());
    }

    MessageWriter instant(Instant instant) {
        return number(instant.getEpochSecond()).count(instant.getNano());
    }

    <T> MessageWriter maybe(Optional<T> value, Consumer<T> write) {
        flag(value.isPresent());
        value.ifPresent(write);
        return this;
    }

    /** Writes as many of a list as there is room for, at least one; and whether these are all. */
    <T> MessageWriter part(List<T> all, BiConsumer<MessageWriter, T> write) {
        MessageWriter part = new MessageWriter();
        int written = 0;
        for (T one : all) {
            MessageWriter next = new MessageWriter();
            write.accept(next, one);
            if (written > 0 && part.out.size() + next.out.size() > MOST_LISTED) {
                break;
            }
            byte[] bytes = next.done();
            part.out.write(bytes, 1, bytes.length - 1);
            written++;
        }
        flag(written == all.size());
        count(written);
        byte[] bytes = part.done();
        out.write(bytes, 1, bytes.length - 1);
        return this;
    }

    byte[] done() {
        return out.toByteArray();
    }
}
