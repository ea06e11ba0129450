package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Rooms and messages in a database, as {@link Storage} keeps them. What is acknowledged was told to the listener. What broke down
 * just as it was being committed is told to nobody in the room; to append the same message once more is safe.
 */
public final class SqlChatStore implements ChatStore {
    private final Storage storage;

    public SqlChatStore(Storage storage) {
        this.storage = requireNonNull(storage, "storage");
    }

    @Override
    public void listen(Listener listener) {
        storage.listen(listener);
    }

    @Override
    public CompletionStage<Optional<Room>> find(RoomName name) {
        requireNonNull(name, "name");
        return storage.ask(connection -> connection.rooms().find(name));
    }

    @Override
    public CompletionStage<Optional<Room>> find(UUID room) {
        requireNonNull(room, "room");
        return storage.ask(connection -> connection.rooms().find(room));
    }

    @Override
    public CompletionStage<Room> open(RoomName name) {
        requireNonNull(name, "name");
        return storage.change(connection -> connection.rooms().open(name), Storage.bytes(name.object()));
    }

    @Override
    public CompletionStage<Optional<Message>> append(Room room, Draft draft) {
        requireNonNull(room, "room");
        requireNonNull(draft, "draft");
        return storage.change(
                connection -> connection.rooms().append(room, draft),
                Storage.bytes(draft.json()) + Storage.bytes(draft.uuid()) + Storage.bytes(draft.author()));
    }

    @Override
    public CompletionStage<Optional<Message>> edit(
            Room room, String message, Optional<String> author, UnaryOperator<String> change) {
        requireNonNull(room, "room");
        requireNonNull(message, "message");
        requireNonNull(author, "author");
        requireNonNull(change, "change");
        return storage.change(
                connection -> connection.rooms().edit(room, message, author, change), Storage.bytes(message));
    }

    @Override
    public CompletionStage<Optional<Message>> delete(Room room, String message, Optional<String> author) {
        requireNonNull(room, "room");
        requireNonNull(message, "message");
        requireNonNull(author, "author");
        return storage.change(connection -> connection.rooms().delete(room, message, author), Storage.bytes(message));
    }

    @Override
    public CompletionStage<Page> page(Room room, long offset, int limit) {
        requireNonNull(room, "room");
        if (offset < 0 || limit < 1) {
            throw new IllegalArgumentException("an offset is 0 or more, a limit 1 or more");
        }
        return storage.ask(connection -> connection.rooms().page(room, offset, limit));
    }

    @Override
    public CompletionStage<Page> after(Room room, long seq, int limit) {
        requireNonNull(room, "room");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return storage.ask(connection -> connection.rooms().after(room, seq, limit));
    }

    @Override
    public CompletionStage<List<RoomFacts>> rooms(Optional<UUID> after, int limit) {
        requireNonNull(after, "after");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return storage.ask(connection -> connection.rooms().rooms(after, limit));
    }

    @Override
    public CompletionStage<Boolean> delete(UUID room) {
        requireNonNull(room, "room");
        return storage.change(connection -> connection.rooms().delete(room), 0);
    }
}
