package io.switchboard.event;

import static java.util.Objects.requireNonNull;

/**
 * Progress of a background job.
 *
 * @param owner the user who triggered the task, or {@link #SYSTEM_USER}
 * @param json the event as it came, JSON
 */
public record JobEvent(String owner, String json) implements Event {
    /** Owner of the jobs that the system runs by itself; only admins see them. */
    public static final String SYSTEM_USER = "pydio.system.user";

    public JobEvent {
        requireNonNull(owner, "owner");
        requireNonNull(json, "json");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.JOB;
    }

    @Override
    public int weight() {
        return json.length();
    }
}
