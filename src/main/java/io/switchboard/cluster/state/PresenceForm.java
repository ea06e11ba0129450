package io.switchboard.cluster.state;

import io.switchboard.hub.Topic;
import io.switchboard.presence.Presence;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Presences and topics as replicas tell each other. Pure. */
final class PresenceForm {
    /** The least that a presence takes, in bytes. */
    private static final int LEAST = 10;

    private PresenceForm() {}

    static void write(Packer packer, Presence presence) {
        packer.text(presence.user());
        packer.text(presence.status());
        packer.flag(presence.lastSeen().isPresent());
        presence.lastSeen().ifPresent(packer::number);
        packer.maybeText(presence.metadata());
    }

    static Presence presence(Unpacker in) {
        return new Presence(
                in.text(), in.text(), in.flag() ? OptionalLong.of(in.number()) : OptionalLong.empty(), in.maybeText());
    }

    static void write(Packer packer, List<Presence> presences) {
        packer.count(presences.size());
        presences.forEach(presence -> write(packer, presence));
    }

    static List<Presence> presences(Unpacker in) {
        int count = in.count(LEAST);
        List<Presence> presences = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            presences.add(presence(in));
        }
        return presences;
    }

    static void write(Packer packer, Topic topic) {
        packer.texts(topic.segments());
    }

    static Topic topic(Unpacker in) {
        List<String> segments = in.texts();
        if (segments.isEmpty() || segments.contains("")) {
            throw new UnreadableException();
        }
        return Topic.of(segments);
    }
}
