package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.switchboard.dialect.Reply;
import io.switchboard.hub.Publication;
import io.switchboard.hub.TopicSyntax;
import java.nio.charset.StandardCharsets;

/** A page of history, with its messages as they were delivered. Any thread. */
public final class HistoryJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private HistoryJson() {}

    /** The page as a JSON object. */
    public static String of(Reply.Past page) {
        return object(page).toString();
    }

    static ObjectNode object(Reply.Past past) {
        ObjectNode details = MAPPER.createObjectNode().put("topic", TopicSyntax.DOTTED.write(past.topic()));
        ArrayNode messages = details.putArray("messages");
        for (Publication message : past.messages()) {
            messages.addRawValue(new RawValue(new String(Deliveries.data(message), StandardCharsets.UTF_8)));
        }
        return details.put("epoch", past.epoch())
                .put("first_offset", past.firstOffset())
                .put("last_offset", past.lastOffset())
                .put("more", past.more());
    }
}
