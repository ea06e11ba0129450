package io.switchboard.dialect.flamigo;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.log.Position;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes publications: {@code {"topic","payload"}}. What they hold is JSON already, and is put in as it is. */
final class Deliveries implements Renderer {
    /** Cells has 0, Realtime 1 and 2. */
    private static final int SLOT = 3;

    private static final String DIRECT = "direct:message";
    private static final String NOTIFICATION = "notification";

    @Override
    public int slot() {
        return SLOT;
    }

    @Override
    public Frame render(Publication publication) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        switch (publication.content()) {
            case Content.Event(byte[] json) -> write(out, Names.write(publication.topic()), json);
            case Content.Message message ->
                write(out, message.clientTopic().orElseGet(() -> Names.write(message.shown())), message.payload());
            case Content.Binary binary -> write(out, Names.write(binary.shown()), binary.payload());
            case Content.Presence(byte[] json) -> write(out, Names.write(publication.topic()), json);
            case Content.Notification(byte[] json) -> write(out, NOTIFICATION, json);
            case Content.Direct direct -> write(out, DIRECT, payload(publication.position(), direct));
        }
        return Frame.text(out.toByteArray());
    }

    private static void write(ByteArrayOutputStream out, String topic, byte[] payload) {
        out.writeBytes(utf8("{\"topic\":\""));
        out.writeBytes(quoted(topic));
        out.writeBytes(utf8("\",\"payload\":"));
        out.writeBytes(payload);
        out.write('}');
    }

    private static byte[] payload(Position position, Content.Direct direct) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(utf8("{\"from_user\":\""));
        out.writeBytes(quoted(direct.sender()));
        out.writeBytes(utf8("\",\"payload\":"));
        out.writeBytes(direct.payload());
        out.writeBytes(utf8(",\"message_id\":\"" + direct.id() + "\",\"sent_at\":" + position.placedAt()));
        direct.metadata().ifPresent(metadata -> {
            out.writeBytes(utf8(",\"metadata\":"));
            out.writeBytes(metadata);
        });
        out.write('}');
        return out.toByteArray();
    }

    /** What stands between the quotes of a JSON string. */
    private static byte[] quoted(String text) {
        return JsonStringEncoder.getInstance().quoteAsUTF8(text);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
