package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore.RoomFacts;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Part of a list of rooms.
 *
 * @param next what to ask for as {@code after} to get the next part; empty: this was the last
 */
public record RoomPage(List<Entry> rooms, Optional<UUID> next) {
    /**
     * A room.
     *
     * @param type GLOBAL, WORKSPACE, USER or NODE
     * @param objects what it is about; of a room of two users, both of them
     * @param messages how many it keeps
     * @param lastSeq the number of the last message that was posted
     * @param updated when the last one was posted, in seconds since 1970; 0: never
     */
    public record Entry(UUID uuid, String type, List<String> objects, long messages, long lastSeq, long updated) {
        public Entry {
            requireNonNull(uuid, "uuid");
            requireNonNull(type, "type");
            objects = List.copyOf(objects);
        }

        static Entry of(RoomFacts facts) {
            List<String> users = facts.room().name().users();
            return new Entry(
                    facts.room().uuid(),
                    facts.room().name().type().name(),
                    users.isEmpty() ? List.of(facts.room().name().object()) : users,
                    facts.messages(),
                    facts.lastSeq(),
                    facts.updatedAt());
        }
    }

    public RoomPage {
        rooms = List.copyOf(rooms);
        requireNonNull(next, "next");
    }

    /** @param found one more than the page holds, where there are more */
    static RoomPage of(List<RoomFacts> found, int most) {
        boolean more = found.size() > most;
        List<Entry> entries = found.stream().limit(most).map(Entry::of).toList();
        return new RoomPage(entries, more ? Optional.of(entries.getLast().uuid()) : Optional.empty());
    }
}
