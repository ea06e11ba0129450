package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.failure.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Rooms and what is said in them. Who may do what is the caller's to ask of {@link RoomRights}. What was said reaches those
 * in the room only after it is kept, in the order of its numbers. Any thread, never blocks; stages fail with
 * {@link StoreException} only, where nothing else is said.
 */
public final class ChatRooms {
    /** Tells those in a room. Any thread. */
    @FunctionalInterface
    public interface Feed {
        /** Completes when it has its place; a failure asks to be tried again. */
        CompletionStage<?> tell(RoomChange change);
    }

    /**
     * Bounds on what a room shows at once.
     *
     * @param messages how many at most
     * @param bytes how much at most, roughly; 0: any number
     */
    public record PageBounds(int messages, long bytes) {}

    /**
     * Part of what was said in a room.
     *
     * @param messages oldest first
     * @param next what to leave out for the messages before these
     * @param more whether there may be any
     */
    public record History(List<Message> messages, long next, boolean more) {
        public History {
            messages = List.copyOf(messages);
        }
    }

    /** Rooms that are remembered, by name and by id; a room's name never changes. */
    private static final int MOST_REMEMBERED = 20_000;

    /** Also what is being looked for: many who want the same room ask once. Empty answers do not stay. */
    private final AsyncCache<RoomName, Optional<Room>> byName = remembering();

    private final AsyncCache<UUID, Optional<Room>> byId = remembering();
    private final ChatStore store;
    private final Members members;
    private final RoomRights rights;
    private final Colleagues colleagues;
    private final Feed feed;
    private final Executor workers;
    private final Clock clock;
    private final PageBounds bounds;

    /** @param workers does what takes a while; refuses what is too much */
    public ChatRooms(
            ChatStore store,
            Members members,
            RoomRights rights,
            Colleagues colleagues,
            Feed feed,
            Executor workers,
            Clock clock,
            PageBounds bounds) {
        this.store = requireNonNull(store, "store");
        this.members = requireNonNull(members, "members");
        this.rights = requireNonNull(rights, "rights");
        this.colleagues = requireNonNull(colleagues, "colleagues");
        this.feed = requireNonNull(feed, "feed");
        this.workers = requireNonNull(workers, "workers");
        this.clock = requireNonNull(clock, "clock");
        this.bounds = requireNonNull(bounds, "bounds");
        store.listen(this::changed);
    }

    private static <K> AsyncCache<K, Optional<Room>> remembering() {
        return Caffeine.newBuilder()
                .maximumSize(MOST_REMEMBERED)
                .executor(Runnable::run)
                .buildAsync();
    }

    private CompletionStage<?> changed(RoomChange change) {
        if (change instanceof RoomChange.Closed) {
            closed(change.room());
        }
        return feed.tell(change);
    }

    /** A room is gone, whoever has deleted it. Any thread. */
    public void closed(Room room) {
        // what is still being looked for is forgotten as well: it may have been found before
        byName.asMap().remove(room.name());
        byId.asMap().remove(room.uuid());
        members.close(room);
    }

    private static <K> CompletionStage<Optional<Room>> find(
            AsyncCache<K, Optional<Room>> cache, K key, Function<K, CompletionStage<Optional<Room>>> look) {
        CompletableFuture<Optional<Room>> found =
                cache.get(key, (wanted, _) -> look.apply(wanted).toCompletableFuture());
        return found.whenComplete((room, failure) -> {
            if (failure == null && room.isEmpty()) {
                boolean _ = cache.asMap().remove(key, found);
            }
        });
    }

    /** Who may do what. */
    public RoomRights rights() {
        return rights;
    }

    /** Who is in which room. */
    public Members members() {
        return members;
    }

    /** Who is signed in. */
    public Colleagues colleagues() {
        return colleagues;
    }

    /** The room of that name, if there is one. */
    public CompletionStage<Optional<Room>> find(RoomName name) {
        return find(byName, name, store::find);
    }

    /** The room with that id, if there is one. */
    public CompletionStage<Optional<Room>> find(UUID room) {
        return find(byId, room, store::find);
    }

    /** The room of that name, which is created where there is none. */
    public CompletionStage<Room> open(RoomName name) {
        return find(byName, name, wanted -> store.open(wanted).thenApply(Optional::of))
                // who looked for it a moment ago created none
                .thenCompose(room -> room.isPresent() ? CompletableFuture.completedFuture(room.get()) : open(name));
    }

    /** Who is in a room, or the first of them. */
    public CompletionStage<List<String>> users(Room room) {
        return members.of(room);
    }

    /**
     * Says something.
     *
     * @return empty: the room is gone
     */
    public CompletionStage<Optional<Message>> post(Room room, String author, String text) {
        String uuid = UUID.randomUUID().toString();
        long now = clock.instant().getEpochSecond();
        return work(() -> MessageText.harmless(text))
                .thenCompose(harmless -> store.append(
                        room,
                        new ChatStore.Draft(
                                uuid, author, now, MessageJson.posted(room.uuid(), uuid, author, now, harmless))));
    }

    /**
     * Says something else in an own message.
     *
     * @return empty: there is no such message of that author
     */
    public CompletionStage<Optional<Message>> edit(Room room, String author, String message, String text) {
        Instant now = clock.instant();
        return work(() -> MessageText.harmless(text))
                .thenCompose(harmless -> store.edit(
                        room, message, Optional.of(author), json -> MessageJson.edited(json, harmless, now)));
    }

    /**
     * Takes an own message back.
     *
     * @return empty: there is no such message of that author
     */
    public CompletionStage<Optional<Message>> delete(Room room, String author, String message) {
        return store.delete(room, message, Optional.of(author));
    }

    /**
     * What was said last.
     *
     * @param offset how many of the last messages to leave out
     * @param limit how many at most
     */
    public CompletionStage<History> history(Room room, long offset, OptionalInt limit) {
        int most = Math.min(limit.orElse(bounds.messages()), bounds.messages());
        return store.page(room, offset, most).thenApply(page -> {
            List<Message> messages = page.messages();
            int first = messages.size();
            long bytes = 0;
            // the newest of them that fit, and one at least
            while (first > 0) {
                bytes += messages.get(first - 1).json().length();
                if (bounds.bytes() > 0 && bytes > bounds.bytes() && first < messages.size()) {
                    break;
                }
                first--;
            }
            List<Message> shown = messages.subList(first, messages.size());
            return new History(shown, offset + shown.size(), first > 0 || messages.size() == most);
        });
    }

    /**
     * Says what services say, all of it or nothing where a room is unknown.
     *
     * @return an id for each; or a failure with {@link UnknownRoomException} too
     */
    public CompletionStage<List<String>> publish(List<ServiceWord> words) {
        List<CompletableFuture<Room>> rooms = new ArrayList<>();
        for (ServiceWord word : words) {
            rooms.add(find(word.room())
                    .thenApply(room -> room.orElseThrow(() -> new UnknownRoomException("there is no such room")))
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(rooms.toArray(CompletableFuture[]::new)).thenCompose(_ -> {
            List<CompletableFuture<String>> ids = new ArrayList<>();
            for (int i = 0; i < words.size(); i++) {
                ids.add(publish(rooms.get(i).join(), words.get(i)).toCompletableFuture());
            }
            return CompletableFuture.allOf(ids.toArray(CompletableFuture[]::new))
                    .thenApply(_ -> ids.stream().map(CompletableFuture::join).toList());
        });
    }

    private CompletionStage<String> publish(Room room, ServiceWord word) {
        return switch (word) {
            case ServiceWord.Say say -> {
                String uuid = say.uuid().orElseGet(() -> UUID.randomUUID().toString());
                long timestamp = say.timestamp().orElseGet(() -> clock.instant().getEpochSecond());
                yield work(() -> MessageText.harmless(say.text()))
                        .thenCompose(text -> store.append(
                                room,
                                new ChatStore.Draft(
                                        uuid,
                                        say.author(),
                                        timestamp,
                                        MessageJson.posted(
                                                room.uuid(),
                                                uuid,
                                                say.author(),
                                                timestamp,
                                                text,
                                                MessageJson.read(say.json())))))
                        .thenApply(
                                message -> message.orElseThrow(() -> new UnknownRoomException("there is no such room"))
                                        .uuid());
            }
            case ServiceWord.Unsay unsay ->
                store.delete(room, unsay.message(), Optional.empty())
                        .thenApply(message -> message.orElseThrow(
                                        () -> new UnknownRoomException("there is no such message"))
                                .uuid());
            case ServiceWord.Describe describe ->
                feed.tell(new RoomChange.Described(room, describe.json()))
                        .thenApply(_ -> room.uuid().toString());
        };
    }

    private <T> CompletionStage<T> work(Supplier<T> task) {
        try {
            return CompletableFuture.supplyAsync(task, workers);
        } catch (RejectedExecutionException _) {
            return CompletableFuture.failedFuture(new StoreException(StoreException.Reason.BUSY));
        }
    }
}
