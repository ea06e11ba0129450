package io.switchboard.event;

import io.switchboard.auth.Claims;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Jobs: each task's progress goes to the user who triggered it, and the system's own jobs to admins. Pure, any thread. */
public final class JobFamily {
    /** Jobs of the system user; should a user be called like that, the guards still differ. */
    public static final Topic SYSTEM_TOPIC = Topic.of("job", "@system");

    /** Who sees the jobs of the system user. */
    public static final Guard SYSTEM_GUARD = new Guard.HasProfile(Claims.ADMIN_PROFILE);

    private JobFamily() {}

    /** The jobs of a user. */
    public static Topic topicOf(String username) {
        return Topic.of("job", username);
    }

    /** Under which a job's progress is found. */
    static Topic topic(JobEvent event) {
        return isOfSystem(event) ? SYSTEM_TOPIC : topicOf(event.owner());
    }

    private static boolean isOfSystem(JobEvent event) {
        return event.owner().equals(JobEvent.SYSTEM_USER);
    }

    static Publication publication(Position position, JobEvent event) {
        return new Publication(
                position,
                topic(event),
                isOfSystem(event) ? SYSTEM_GUARD : new Guard.IsUser(event.owner()),
                Policy.RELIABLE,
                Optional.empty(),
                event.json().getBytes(StandardCharsets.UTF_8));
    }
}
