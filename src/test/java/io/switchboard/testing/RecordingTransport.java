package io.switchboard.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.session.CloseCode;
import io.switchboard.session.OutboundQueue;
import io.switchboard.session.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A socket that remembers what it was given, and can be full. */
public final class RecordingTransport implements Transport {
    private final List<String> messages = new ArrayList<>();
    private Consumer<String> onMessage = _ -> {};
    private boolean writable = true;
    private long pendingBytes;
    private Optional<CloseCode> closedWith = Optional.empty();
    private boolean aborted;
    private boolean held;

    /** Hears of each message at the moment of its hand-over. */
    public void onMessage(Consumer<String> listener) {
        onMessage = listener;
    }

    public void setWritable(boolean writable) {
        this.writable = writable;
    }

    public void setPendingBytes(long pendingBytes) {
        this.pendingBytes = pendingBytes;
    }

    /** The text messages that were handed over, in order. */
    public List<String> messages() {
        return List.copyOf(messages);
    }

    public Optional<CloseCode> closedWith() {
        return closedWith;
    }

    /** Whether nothing is to be read. */
    public boolean isHeld() {
        return held;
    }

    @Override
    public void hold(boolean now) {
        held = now;
    }

    public boolean aborted() {
        return aborted;
    }

    @Override
    public void write(OutboundQueue queue) {
        while (writable && !queue.isEmpty()) {
            String text = textOf(queue.peek(0));
            queue.remove(1);
            messages.add(text);
            onMessage.accept(text);
        }
    }

    /** The JSON of a publication that is an event. */
    public static String textOf(Publication publication) {
        if (publication.content() instanceof Content.Event(byte[] json)) {
            return new String(json, StandardCharsets.UTF_8);
        }
        throw new AssertionError("not an event: " + publication.content());
    }

    /** The payload of a text frame. */
    public static String textOf(Frame frame) {
        ByteBuf buffer = Unpooled.buffer(frame.size());
        frame.writeTo(buffer);
        buffer.skipBytes(1);
        int length = buffer.readUnsignedByte();
        if (length == 126) {
            length = buffer.readUnsignedShort();
        } else if (length == 127) {
            length = (int) buffer.readLong();
        }
        return buffer.readCharSequence(length, StandardCharsets.UTF_8).toString();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    @Override
    public void close(CloseCode code) {
        closedWith = Optional.of(code);
    }

    @Override
    public void abort() {
        aborted = true;
    }
}
