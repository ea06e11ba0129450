package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.log.Position;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Writes publications. What they hold is JSON already, and is put in as it is. */
final class Deliveries implements Renderer {
    private static final int TEXT_SLOT = 1;
    private static final int BINARY_SLOT = 2;

    private static final byte[] BROADCAST = utf8("{\"type\":\"Broadcast\",\"data\":");
    private static final byte[] DIRECT = utf8("{\"type\":\"DirectMessage\",\"data\":{\"from_user\":\"");
    private static final byte[] PRESENCE = utf8("{\"type\":\"Presence\",\"data\":");
    private static final byte[] NOTIFICATION = utf8("{\"type\":\"Notification\",\"data\":");

    private final boolean binary;

    /** @param binary whether the client takes binary frames */
    Deliveries(boolean binary) {
        this.binary = binary;
    }

    @Override
    public int slot() {
        return binary ? BINARY_SLOT : TEXT_SLOT;
    }

    @Override
    public Frame render(Publication publication) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (publication.content()) {
            case Content.Binary bytes
            when binary -> {
                return Frame.binary(bytes.frame());
            }
            case Content.Presence(byte[] json) -> {
                out.writeBytes(PRESENCE);
                out.writeBytes(json);
            }
            case Content.Direct direct -> {
                if (binary && direct.frame().isPresent()) {
                    return Frame.binary(direct.frame().get());
                }
                out.writeBytes(DIRECT);
                writeDirect(out, publication.position(), direct);
            }
            case Content.Notification(byte[] json) -> {
                out.writeBytes(NOTIFICATION);
                out.writeBytes(json);
                // the cursor of a client that keeps one over everything
                out.writeBytes(utf8(",\"metadata\":"));
                writeMetadata(out, publication.position(), Optional.empty());
            }
            case Content.Event _, Content.Message _, Content.Binary _ -> {
                out.writeBytes(BROADCAST);
                out.writeBytes(data(publication));
            }
        }
        out.write('}');
        return Frame.text(out.toByteArray());
    }

    /** {@code data} of a {@code Broadcast}, UTF-8. */
    static byte[] data(Publication publication) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Topic shown = publication.topic();
        byte[] payload;
        Optional<byte[]> metadata = Optional.empty();
        switch (publication.content()) {
            case Content.Event(byte[] json) -> payload = json;
            case Content.Message message -> {
                shown = message.shown();
                payload = message.payload();
                metadata = message.metadata();
            }
            case Content.Notification(byte[] json) -> payload = json;
            case Content.Presence(byte[] json) -> payload = json;
            case Content.Direct _ -> throw new IllegalArgumentException("a direct message is on no topic");
            case Content.Binary bytes -> {
                shown = bytes.shown();
                payload = bytes.payload();
            }
        }
        out.writeBytes(utf8("{\"topic\":\""));
        out.writeBytes(quoted(TopicSyntax.DOTTED.write(shown)));
        out.writeBytes(utf8("\",\"payload\":"));
        out.writeBytes(payload);
        out.writeBytes(utf8(",\"metadata\":"));
        writeMetadata(out, publication.position(), metadata);
        out.write('}');
        return out.toByteArray();
    }

    private static void writeDirect(ByteArrayOutputStream out, Position position, Content.Direct direct) {
        out.writeBytes(quoted(direct.sender()));
        out.writeBytes(utf8("\",\"payload\":"));
        out.writeBytes(direct.payload());
        out.writeBytes(
                utf8(",\"metadata\":{\"sent_at\":" + position.placedAt() + ",\"message_id\":\"" + direct.id() + "\""));
        writeOwn(out, direct.metadata());
        out.write('}');
    }

    private static void writeMetadata(ByteArrayOutputStream out, Position position, Optional<byte[]> own) {
        // an epoch is letters and digits
        String text = "{\"sent_at\":" + position.placedAt();
        if (position.offset() > 0) {
            text += ",\"message_id\":\"" + position.id() + "\",\"offset\":" + position.offset() + ",\"epoch\":\""
                    + position.epoch() + "\"";
        }
        out.writeBytes(utf8(text));
        writeOwn(out, own);
    }

    /** The sender's own metadata, and the end of the object. */
    private static void writeOwn(ByteArrayOutputStream out, Optional<byte[]> own) {
        if (own.isPresent() && own.get().length > "{}".length()) {
            out.write(',');
            out.write(own.get(), 1, own.get().length - 1);
        } else {
            out.write('}');
        }
    }

    /** What stands between the quotes of a JSON string. */
    private static byte[] quoted(String text) {
        return JsonStringEncoder.getInstance().quoteAsUTF8(text);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
