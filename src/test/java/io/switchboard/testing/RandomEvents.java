package io.switchboard.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.event.ActivityEvent;
import io.switchboard.event.Audience;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.event.IdmEvent;
import io.switchboard.event.JobEvent;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.Node;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.event.RoomEvent;
import io.switchboard.event.TreeEvent;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Events of every kind that has a place in the log, with values of every sort. One thread. */
public final class RandomEvents {
    private static final List<String> NAMES =
            List.of("alice", "", "ä€😀", "a\"b\\c", "\u0000\u001f\u007f\u2028", "\ud800 half", "x".repeat(300), " ");
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "-1",
            "12345678901",
            "123456789012345678901234567890",
            "0.1",
            "-0.0",
            "1.0E300",
            "\"\\ud800\"",
            "\"ä\"",
            "[]",
            "{}",
            "[[{\"a\":[1,2.5,null]}],{\"\":\"\",\"b\":{\"c\":false}}]");

    private final Random random;

    public RandomEvents(Random random) {
        this.random = random;
    }

    /** One of any kind. */
    public Event next() {
        return switch (random.nextInt(8)) {
            case 0, 1 -> tree();
            case 2 -> new JobEvent(name(), json());
            case 3 -> new IdmEvent(any(IdmEvent.Change.values()), entity(), json());
            case 4 -> new ActivityEvent(name(), name(), name(), name(), random.nextBoolean() ? "" : json());
            case 5, 6 ->
                new MessageEvent(
                        audience(),
                        content(),
                        maybe(this::name),
                        random.nextBoolean(),
                        maybe(() -> Duration.ofSeconds(random.nextLong(1L << 40), random.nextInt(1_000_000_000))));
            default -> new RoomEvent(change());
        };
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private <T> Optional<T> maybe(Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private String name() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    /** The name of a member: the parser refuses those with half a character, so that none comes this far. */
    private String key() {
        return name().replace("\ud800", "");
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private String json() {
        return "{\"ä\\ud83d😀\":" + VALUES.get(random.nextInt(VALUES.size())) + "}";
    }

    private byte[] bytes() {
        return json().getBytes(UTF_8);
    }

    private byte[] anyBytes() {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    private Topic topic() {
        return Topic.of(IntStream.rangeClosed(0, random.nextInt(3))
                .mapToObj(_ -> name() + "s")
                .toList());
    }

    private TreeEvent tree() {
        return new TreeEvent(
                random.nextBoolean() ? EventTopic.TREE : EventTopic.META,
                any(TreeEvent.Type.values()),
                maybe(this::node),
                maybe(this::node),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt());
    }

    private Node node() {
        Map<String, String> meta = new LinkedHashMap<>();
        Map<String, JsonNode> other = new LinkedHashMap<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            meta.put(key() + i, name());
            try {
                other.put(
                        i == 1 ? "uuid" : key() + i,
                        WireJson.MAPPER.readTree(VALUES.get(random.nextInt(VALUES.size()))));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("values are JSON", e);
            }
        }
        return new Node(
                name(),
                name(),
                meta,
                IntStream.range(0, random.nextInt(3))
                        .mapToObj(_ -> new WorkspaceRelativePath(name(), name(), name()))
                        .toList(),
                other);
    }

    private IdmEvent.Entity entity() {
        return switch (random.nextInt(5)) {
            case 0 -> new IdmEvent.Entity.Acl(name());
            case 1 -> new IdmEvent.Entity.Role(name());
            case 2 -> new IdmEvent.Entity.User(maybe(this::name), maybe(this::name));
            case 3 -> new IdmEvent.Entity.Workspace(name());
            default -> new IdmEvent.Entity.Other();
        };
    }

    private Audience audience() {
        return switch (random.nextInt(6)) {
            case 0 -> new Audience.Subscribers(topic());
            case 1 -> new Audience.User(name() + "u");
            case 2 -> new Audience.Role(name() + "r");
            case 3 -> new Audience.Workspace(name() + "w");
            case 4 -> new Audience.Session(uuid());
            default -> new Audience.Everyone();
        };
    }

    private Content content() {
        return switch (random.nextInt(6)) {
            case 0 -> new Content.Event(bytes());
            case 1, 2 -> new Content.Message(topic(), bytes(), maybe(this::bytes), maybe(this::name));
            case 3 -> new Content.Notification(bytes());
            case 4 ->
                random.nextBoolean() ? new Content.Presence(bytes()) : new Content.Binary(topic(), anyBytes(), bytes());
            default -> new Content.Direct(uuid(), name(), bytes(), maybe(this::bytes), maybe(this::anyBytes));
        };
    }

    private RoomChange change() {
        RoomType type = any(RoomType.values());
        Room room = new Room(uuid(), new RoomName(type, type == RoomType.USER ? "alice\u001fbob" : name()));
        return switch (random.nextInt(6)) {
            case 0 -> new RoomChange.Said(room, message());
            case 1 -> new RoomChange.Edited(room, message());
            case 2 -> new RoomChange.Unsaid(room, message());
            case 3 ->
                new RoomChange.Gathered(
                        room,
                        IntStream.range(0, random.nextInt(4))
                                .mapToObj(_ -> name())
                                .toList());
            case 4 -> new RoomChange.Described(room, json());
            default -> new RoomChange.Closed(room);
        };
    }

    private Message message() {
        return new Message(random.nextLong(), name(), name(), random.nextLong(), json());
    }
}
