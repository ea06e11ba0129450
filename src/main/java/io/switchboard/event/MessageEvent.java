package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import java.time.Duration;
import java.util.Optional;

/**
 * Something that a client or an internal service says: on a topic, or to an audience.
 *
 * @param audience whom it is for
 * @param content what it says, and the topic under which receivers see it
 * @param key what a newer message of the topic replaces for one who lags
 * @param urgent whether it is never conflated or thinned
 * @param timeToLive for how long history and recovery still show it; empty: as long as it is kept
 */
public record MessageEvent(
        Audience audience, Content content, Optional<String> key, boolean urgent, Optional<Duration> timeToLive)
        implements Event {
    /** Objects, texts and references around the bytes, in bytes. */
    private static final int OVERHEAD = 200;

    public MessageEvent {
        requireNonNull(audience, "audience");
        requireNonNull(content, "content");
        requireNonNull(key, "key");
        requireNonNull(timeToLive, "timeToLive");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.PUBLISH;
    }

    /** The topic that receivers see it under, and whose history it is part of. */
    public Topic shown() {
        return content instanceof Content.Message message ? message.shown() : audience.topic();
    }

    @Override
    public int weight() {
        return OVERHEAD + content.weight();
    }

    /** Whether its time is over. */
    boolean expired(long placedAt, long nowMillis) {
        return timeToLive.isPresent()
                && nowMillis - placedAt >= timeToLive.get().toMillis();
    }
}
