package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.RoomChange;

/** Something that happened in a chat room, and is kept already where it is a message. */
public record RoomEvent(RoomChange change) implements Event {
    /** Objects and references, in bytes. */
    private static final int OVERHEAD = 200;

    private static final int BYTES_OF_A_NAME = 60;

    public RoomEvent {
        requireNonNull(change, "change");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.CHAT;
    }

    @Override
    public int weight() {
        return OVERHEAD
                + switch (change) {
                    case RoomChange.Said said -> said.message().json().length();
                    case RoomChange.Edited edited -> edited.message().json().length();
                    case RoomChange.Gathered gathered ->
                        BYTES_OF_A_NAME * gathered.users().size();
                    case RoomChange.Described described -> described.json().length();
                    case RoomChange.Unsaid _, RoomChange.Closed _ -> 0;
                };
    }
}
