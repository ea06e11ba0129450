package io.switchboard.testing;

import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.failure.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Keeps rooms in memory, at once, unless it is told to fail. The real ones have tests of their own. */
public final class MemoryChatStore implements ChatStore {
    /** A room and what was said there; deleted messages are empty. */
    private static final class Kept {
        private final Room room;
        private final List<Optional<Message>> messages = new ArrayList<>();

        private Kept(Room room) {
            this.room = room;
        }
    }

    private final Map<UUID, Kept> rooms = new HashMap<>();
    private Listener listener = _ -> CompletableFuture.completedFuture(null);
    private Optional<StoreException.Reason> failure = Optional.empty();
    private boolean silent;

    /** Fails from now on; empty: no more. */
    public synchronized void fail(Optional<StoreException.Reason> reason) {
        failure = reason;
    }

    /** Answers nothing any more. */
    public synchronized void silence() {
        silent = true;
    }

    @Override
    public synchronized void listen(Listener one) {
        listener = one;
    }

    private synchronized <T> CompletionStage<T> perform(Supplier<T> task) {
        if (silent) {
            return new CompletableFuture<>();
        }
        return failure.isPresent()
                ? CompletableFuture.failedFuture(new StoreException(failure.get()))
                : CompletableFuture.completedFuture(task.get());
    }

    @Override
    public CompletionStage<Optional<Room>> find(RoomName name) {
        return perform(() -> rooms.values().stream()
                .map(kept -> kept.room)
                .filter(room -> room.name().equals(name))
                .findFirst());
    }

    @Override
    public CompletionStage<Optional<Room>> find(UUID room) {
        return perform(() -> Optional.ofNullable(rooms.get(room)).map(kept -> kept.room));
    }

    @Override
    public CompletionStage<Room> open(RoomName name) {
        return find(name)
                .thenApply(found -> found.orElseGet(() -> {
                    Room room = new Room(UUID.randomUUID(), name);
                    rooms.put(room.uuid(), new Kept(room));
                    return room;
                }));
    }

    @Override
    public CompletionStage<Optional<Message>> append(Room room, Draft draft) {
        return perform(() -> {
            Kept kept = rooms.get(room.uuid());
            if (kept == null) {
                return Optional.empty();
            }
            Optional<Message> before = find(kept, draft.uuid());
            if (before.isPresent()) {
                return before;
            }
            Message message = new Message(
                    kept.messages.size() + 1L, draft.uuid(), draft.author(), draft.timestamp(), draft.json());
            kept.messages.add(Optional.of(message));
            listener.changed(new RoomChange.Said(room, message));
            return Optional.of(message);
        });
    }

    private static Optional<Message> find(Kept kept, String uuid) {
        return kept.messages.stream()
                .flatMap(Optional::stream)
                .filter(message -> message.uuid().equals(uuid))
                .findFirst();
    }

    private Optional<Message> own(Room room, String message, Optional<String> author) {
        return Optional.ofNullable(rooms.get(room.uuid()))
                .flatMap(kept -> find(kept, message))
                .filter(one -> author.isEmpty() || author.get().equals(one.author()));
    }

    @Override
    public CompletionStage<Optional<Message>> edit(
            Room room, String message, Optional<String> author, UnaryOperator<String> change) {
        return perform(() -> own(room, message, author).map(one -> {
            Message next = new Message(one.seq(), one.uuid(), one.author(), one.timestamp(), change.apply(one.json()));
            rooms.get(room.uuid()).messages.set((int) one.seq() - 1, Optional.of(next));
            listener.changed(new RoomChange.Edited(room, next));
            return next;
        }));
    }

    @Override
    public CompletionStage<Optional<Message>> delete(Room room, String message, Optional<String> author) {
        return perform(() -> own(room, message, author).map(one -> {
            rooms.get(room.uuid()).messages.set((int) one.seq() - 1, Optional.empty());
            listener.changed(new RoomChange.Unsaid(room, one));
            return one;
        }));
    }

    @Override
    public CompletionStage<Page> page(Room room, long offset, int limit) {
        return perform(() -> {
            List<Message> all = all(room);
            int to = (int) Math.max(0, all.size() - offset);
            return new Page(all.subList(Math.max(0, to - limit), to));
        });
    }

    private List<Message> all(Room room) {
        Kept kept = rooms.get(room.uuid());
        return kept == null
                ? List.of()
                : kept.messages.stream().flatMap(Optional::stream).toList();
    }

    @Override
    public CompletionStage<Page> after(Room room, long seq, int limit) {
        return perform(() -> new Page(all(room).stream()
                .filter(message -> message.seq() > seq)
                .limit(limit)
                .toList()));
    }

    @Override
    public CompletionStage<List<RoomFacts>> rooms(Optional<UUID> after, int limit) {
        return perform(() -> rooms.values().stream()
                .map(kept -> new RoomFacts(
                        kept.room, kept.messages.size(), all(kept.room).size(), 0))
                .limit(limit)
                .toList());
    }

    @Override
    public CompletionStage<Boolean> delete(UUID room) {
        return perform(() -> {
            Kept kept = rooms.remove(room);
            if (kept != null) {
                listener.changed(new RoomChange.Closed(kept.room));
            }
            return kept != null;
        });
    }
}
