package io.switchboard.presence;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;

/** Presence as the Realtime protocol writes it. Pure. */
public final class PresenceJson {
    private PresenceJson() {}

    /** What others see of a user. */
    public static String of(Presence presence) {
        return object(presence).toString();
    }

    /** The same to those who share a topic with the user. */
    public static String of(Presence presence, Topic topic, boolean came) {
        return object(presence)
                .put("topic", TopicSyntax.DOTTED.write(topic))
                .put("action", came ? "join" : "leave")
                .toString();
    }

    private static ObjectNode object(Presence presence) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("user_id", presence.user())
                .put("status", presence.status());
        presence.lastSeen().ifPresentOrElse(millis -> json.put("last_seen", millis), () -> json.putNull("last_seen"));
        presence.metadata()
                .ifPresentOrElse(
                        text -> json.putRawValue("metadata", new RawValue(text)), () -> json.putObject("metadata"));
        return json;
    }
}
