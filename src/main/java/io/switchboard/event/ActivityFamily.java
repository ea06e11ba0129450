package io.switchboard.event;

import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Activities: what others did goes to the user in whose inbox it is put. Pure, any thread. */
public final class ActivityFamily {
    private ActivityFamily() {}

    /** The activities for a user. */
    public static Topic topicOf(String username) {
        return Topic.of("activity", username);
    }

    /** Why nobody is told, if so. */
    static Optional<DropReason> dropReason(ActivityEvent event) {
        if (!event.isForUser()) {
            return Optional.of(DropReason.OTHER_BOX);
        }
        return event.ownerId().equals(event.actorId()) ? Optional.of(DropReason.OWN_ACTIVITY) : Optional.empty();
    }

    /** For an event that has no {@link #dropReason}. */
    static Publication publication(Position position, ActivityEvent event) {
        return new Publication(
                position,
                topicOf(event.ownerId()),
                new Guard.IsUser(event.ownerId()),
                Policy.RELIABLE,
                Optional.empty(),
                event.json().getBytes(StandardCharsets.UTF_8));
    }
}
