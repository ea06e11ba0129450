package io.switchboard.cluster.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.UUID;

/** Writes what one replica says to another, for {@link PacketReader}. One thread. */
final class PacketWriter {
    /** What both sides understand; goes up when that changes. */
    static final int VERSION = 1;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    private final DataOutputStream out = new DataOutputStream(bytes);

    /** Part of a packet. */
    private interface Part {
        void write(DataOutputStream out) throws IOException;
    }

    /** @param kind of packet */
    @SuppressWarnings("EnumOrdinal") // in another order it is another version
    PacketWriter(Enum<?> kind) {
        number(VERSION).number(kind.ordinal());
    }

    private PacketWriter write(Part part) {
        try {
            part.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    PacketWriter flag(boolean flag) {
        return write(to -> to.writeBoolean(flag));
    }

    PacketWriter number(int number) {
        return write(to -> to.writeInt(number));
    }

    PacketWriter number(long number) {
        return write(to -> to.writeLong(number));
    }

    PacketWriter uuid(UUID id) {
        return number(id.getMostSignificantBits()).number(id.getLeastSignificantBits());
    }

    PacketWriter text(String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        return number(utf8.length).write(to -> to.write(utf8));
    }

    PacketWriter text(Optional<String> text) {
        PacketWriter _ = flag(text.isPresent());
        return text.isPresent() ? text(text.get()) : this;
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }
}
