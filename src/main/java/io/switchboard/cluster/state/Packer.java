package io.switchboard.cluster.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Writes what one replica tells another, behind the version of the form. Not for several threads. */
final class Packer {
    /** Whoever speaks another one is not understood. */
    static final byte VERSION = 1;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);

    Packer() {
        out.write(VERSION);
    }

    void code(int code) {
        out.write(code);
    }

    void flag(boolean flag) {
        out.write(flag ? 1 : 0);
    }

    void count(int count) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(0, count).array());
    }

    void number(long number) {
        out.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(0, number).array());
    }

    void bytes(byte[] bytes) {
        count(bytes.length);
        out.writeBytes(bytes);
    }

    void text(String text) {
        bytes(text.getBytes(UTF_8));
    }

    void uuid(UUID uuid) {
        number(uuid.getMostSignificantBits());
        number(uuid.getLeastSignificantBits());
    }

    void maybeBytes(Optional<byte[]> bytes) {
        flag(bytes.isPresent());
        bytes.ifPresent(this::bytes);
    }

    void maybeText(Optional<String> text) {
        flag(text.isPresent());
        text.ifPresent(this::text);
    }

    void texts(List<String> texts) {
        count(texts.size());
        texts.forEach(this::text);
    }

    byte[] done() {
        return out.toByteArray();
    }
}
