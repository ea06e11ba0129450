package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.RoomChange;
import io.switchboard.event.Event;
import io.switchboard.event.RoomEvent;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import java.util.function.Supplier;

/** Hears from the log that a room is gone: another replica may have deleted it. */
final class ClosedRooms implements Tail<Event> {
    private final Supplier<ChatRooms> rooms;
    private final Tail<Event> next;

    /** @param rooms are there when the first event is delivered */
    ClosedRooms(Supplier<ChatRooms> rooms, Tail<Event> next) {
        this.rooms = requireNonNull(rooms, "rooms");
        this.next = requireNonNull(next, "next");
    }

    @Override
    public void deliver(Position position, Event event, Runnable delivered) {
        if (event instanceof RoomEvent(RoomChange.Closed closed)) {
            rooms.get().closed(closed.room());
        }
        next.deliver(position, event, delivered);
    }
}
