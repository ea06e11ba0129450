package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ServiceWord;

/**
 * What an internal service wants said in a chat room. Has no place in the log: what comes of it has, once it is kept, as a
 * {@link RoomEvent}.
 */
public record RoomRequest(ServiceWord word) implements Event {
    public RoomRequest {
        requireNonNull(word, "word");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.CHAT;
    }

    @Override
    public int weight() {
        return 0;
    }
}
