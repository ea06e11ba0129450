package io.switchboard.event;

import static java.util.Objects.requireNonNull;

/**
 * Something that somebody did, for the box of somebody or something.
 *
 * @param boxName {@code inbox}, or another one
 * @param ownerType {@code USER}, or what else has boxes
 * @param ownerId whose box it is: for {@code USER} a login
 * @param actorId who did it; may be empty
 * @param json the event as clients receive it, JSON; empty where no client may
 */
public record ActivityEvent(String boxName, String ownerType, String ownerId, String actorId, String json)
        implements Event {
    public ActivityEvent {
        requireNonNull(boxName, "boxName");
        requireNonNull(ownerType, "ownerType");
        requireNonNull(ownerId, "ownerId");
        requireNonNull(actorId, "actorId");
        requireNonNull(json, "json");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.ACTIVITY;
    }

    @Override
    public int weight() {
        return json.length();
    }

    /** Whether it is for the inbox of a user. */
    boolean isForUser() {
        return boxName.equals("inbox") && ownerType.equals("USER");
    }
}
