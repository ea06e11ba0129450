package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Keeps rooms and messages. Any thread, never blocks it. Changes are carried out one after the other, in the order of the
 * calls; a change has happened for good when its stage completes. Stages may complete on any thread, and fail with
 * {@link StoreException} only.
 */
public interface ChatStore {
    /**
     * Hears of every change of messages once it is kept for good, and in the order in which the changes were made, before the
     * change's own stage completes. What it returns is waited for; where it fails it is asked again after a while.
     */
    @FunctionalInterface
    interface Listener {
        CompletionStage<?> changed(RoomChange change);
    }

    /** A message that is not kept yet: all of {@link Message} but its number. */
    record Draft(String uuid, String author, long timestamp, String json) {
        public Draft {
            requireNonNull(uuid, "uuid");
            requireNonNull(author, "author");
            requireNonNull(json, "json");
        }

        /** Without what it says. */
        @Override
        public String toString() {
            return "Draft[" + uuid + "]";
        }
    }

    /**
     * Part of a room's messages.
     *
     * @param messages oldest first
     */
    record Page(List<Message> messages) {
        public Page {
            messages = List.copyOf(messages);
        }
    }

    /** A room as an operator sees it. */
    record RoomFacts(Room room, long lastSeq, long messages, long updatedAt) {
        public RoomFacts {
            requireNonNull(room, "room");
        }
    }

    /** Said once, before anything is changed. */
    void listen(Listener listener);

    /** The room of that name, if there is one. */
    CompletionStage<Optional<Room>> find(RoomName name);

    /** The room with that id, if there is one. */
    CompletionStage<Optional<Room>> find(UUID room);

    /** The room of that name, which is created where there is none. */
    CompletionStage<Room> open(RoomName name);

    /**
     * Adds a message behind all others of its room. One whose id the room has already is not added: what is kept stays.
     *
     * @return empty: the room is gone
     */
    CompletionStage<Optional<Message>> append(Room room, Draft draft);

    /**
     * Changes what a message says.
     *
     * @param author who must have written it; empty: anybody
     * @param change from what it is as JSON to what it shall be; called on another thread
     * @return empty: there is no such message of that author
     */
    CompletionStage<Optional<Message>> edit(
            Room room, String message, Optional<String> author, UnaryOperator<String> change);

    /**
     * Deletes a message; its number stays taken.
     *
     * @param author who must have written it; empty: anybody
     * @return empty: there is no such message of that author
     */
    CompletionStage<Optional<Message>> delete(Room room, String message, Optional<String> author);

    /**
     * The last messages, without those that were deleted.
     *
     * @param offset how many of the last ones to leave out, 0 or more
     * @param limit how many at most, 1 or more
     */
    CompletionStage<Page> page(Room room, long offset, int limit);

    /** The first messages behind a number, without those that were deleted: for reading a room from its beginning. */
    CompletionStage<Page> after(Room room, long seq, int limit);

    /** The first rooms behind an id, by their ids. */
    CompletionStage<List<RoomFacts>> rooms(Optional<UUID> after, int limit);

    /** Deletes a room with all its messages; false: there is none. */
    CompletionStage<Boolean> delete(UUID room);
}
