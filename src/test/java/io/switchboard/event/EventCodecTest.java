package io.switchboard.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.chat.ServiceWord;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import io.switchboard.testing.RandomEvents;
import io.switchboard.testing.WireJson;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
    private static final UUID ID = UUID.fromString("6f1c5a1e-8f3b-4c51-9a53-0d7c2a8f4e11");
    private static final Room ROOM = new Room(ID, new RoomName(RoomType.GLOBAL, "general"));
    private static final Message MESSAGE = new Message(7, "m7", "alice", 1_000_000, "{\"Message\":\"hunter2\"}");

    /** What may be left out. */
    private static final Set<String> OPTIONAL = Set.of(
            "source",
            "target",
            "optimistic",
            "silent",
            "key",
            "urgent",
            "ttl",
            "shown",
            "clientTopic",
            "login",
            "uuid");

    private final EventCodec codec = new EventCodec();

    /** One of each kind. */
    private static List<Event> samples() {
        byte[] json = "{\"a\":\"hunter2\"}".getBytes(UTF_8);
        Node node = new Node(
                "n",
                "ds/hunter2.txt",
                Map.of("name", "\"a\""),
                List.of(new WorkspaceRelativePath("w", "slug", "a.txt")),
                Map.of("Size", IntNode.valueOf(3)));
        List<Event> events = new ArrayList<>();
        events.add(new TreeEvent(
                EventTopic.META, TreeEvent.Type.UPDATE_PATH, Optional.of(node), Optional.of(node), true, true, 300));
        events.add(new JobEvent("alice", "{\"b\":1}"));
        for (IdmEvent.Entity entity : List.of(
                new IdmEvent.Entity.Acl("r"),
                new IdmEvent.Entity.Role("r"),
                new IdmEvent.Entity.User(Optional.of("bob"), Optional.of("u")),
                new IdmEvent.Entity.Workspace("w"),
                new IdmEvent.Entity.Other())) {
            events.add(new IdmEvent(IdmEvent.Change.BIND, entity, "{\"c\":1}"));
        }
        events.add(new ActivityEvent("inbox", "USER", "bob", "alice", "{\"d\":1}"));
        Audience topic = new Audience.Subscribers(Topic.of("chat", "general"));
        for (Audience audience : List.of(
                topic,
                new Audience.User("bob"),
                new Audience.Role("r"),
                new Audience.Workspace("w"),
                new Audience.Session(ID),
                new Audience.Everyone())) {
            events.add(new MessageEvent(
                    audience, new Content.Notification(json), Optional.empty(), false, Optional.empty()));
        }
        for (Content content : List.of(
                new Content.Event(json),
                new Content.Message(Topic.of("b"), json, Optional.of(json), Optional.of("c")),
                new Content.Presence(json),
                new Content.Binary(Topic.of("b"), new byte[] {-1}, json),
                new Content.Direct(ID, "alice", json, Optional.of(json), Optional.of(json)))) {
            events.add(new MessageEvent(topic, content, Optional.of("key"), true, Optional.of(Duration.ofSeconds(60))));
        }
        for (RoomChange change : List.of(
                new RoomChange.Said(ROOM, MESSAGE),
                new RoomChange.Edited(ROOM, MESSAGE),
                new RoomChange.Unsaid(ROOM, MESSAGE),
                new RoomChange.Gathered(ROOM, List.of("alice", "bob")),
                new RoomChange.Described(ROOM, "{\"e\":1}"),
                new RoomChange.Closed(ROOM))) {
            events.add(new RoomEvent(change));
        }
        return events;
    }

    /** The same with arrays by what is in them. */
    private static Object comparable(Event event) {
        return event instanceof MessageEvent message
                ? List.of(
                        message.audience(),
                        comparable(message.content()),
                        message.key(),
                        message.urgent(),
                        message.timeToLive())
                : event;
    }

    private static Object comparable(Content content) {
        return switch (content) {
            case Content.Event(byte[] json) -> List.of("event", hex(json));
            case Content.Message(
                    Topic shown,
                    byte[] payload,
                    Optional<byte[]> metadata,
                    Optional<String> clientTopic) ->
                List.of("message", shown, hex(payload), metadata.map(EventCodecTest::hex), clientTopic);
            case Content.Notification(byte[] json) -> List.of("notification", hex(json));
            case Content.Presence(byte[] json) -> List.of("presence", hex(json));
            case Content.Binary(Topic shown, byte[] frame, byte[] payload) ->
                List.of("binary", shown, hex(frame), hex(payload));
            case Content.Direct direct ->
                List.of(
                        "direct",
                        direct.id(),
                        direct.sender(),
                        hex(direct.payload()),
                        direct.metadata().map(EventCodecTest::hex),
                        direct.frame().map(EventCodecTest::hex));
        };
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private void comesBack(Event event) throws UnreadableEventException {
        assertThat(comparable(codec.read(codec.write(event)))).isEqualTo(comparable(event));
    }

    private void isRefused(byte[] bytes) {
        assertThatThrownBy(() -> codec.read(bytes))
                .isInstanceOf(UnreadableEventException.class)
                .hasNoCause()
                .hasMessageNotContaining("hunter2");
    }

    private static byte[] bytes(String head, String parts) {
        return ByteBuffer.allocate(5 + head.getBytes(UTF_8).length + parts.getBytes(UTF_8).length)
                .put(EventCodec.VERSION)
                .putInt(head.getBytes(UTF_8).length)
                .put(head.getBytes(UTF_8))
                .put(parts.getBytes(UTF_8))
                .array();
    }

    private static String head(byte[] bytes) {
        return new String(bytes, 5, ByteBuffer.wrap(bytes).getInt(1), UTF_8);
    }

    private static String parts(byte[] bytes) {
        int at = 5 + ByteBuffer.wrap(bytes).getInt(1);
        return new String(bytes, at, bytes.length - at, UTF_8);
    }

    @Test
    void everyKindComesBack() throws Exception {
        for (Event event : samples()) {
            comesBack(event);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whateverIsInAnEventComesBack(long seed) throws Exception {
        RandomEvents events = new RandomEvents(new Random(seed));
        for (int i = 0; i < 5_000; i++) {
            comesBack(events.next());
        }
    }

    /** Where other processes read it, the form of a version is not changed. */
    @Test
    void theFormStays() {
        assertThat(samples().stream()
                        .map(codec::write)
                        .map(bytes -> head(bytes) + parts(bytes))
                        .toList())
                .startsWith(
                        "{\"meta\":{\"type\":\"UPDATE_PATH\","
                                + "\"source\":{\"uuid\":\"n\",\"path\":\"ds/hunter2.txt\",\"meta\":{\"name\":\"\\\"a\\\"\"},"
                                + "\"in\":[[\"w\",\"slug\",\"a.txt\"]],\"other\":{\"Size\":3}},"
                                + "\"target\":{\"uuid\":\"n\",\"path\":\"ds/hunter2.txt\",\"meta\":{\"name\":\"\\\"a\\\"\"},"
                                + "\"in\":[[\"w\",\"slug\",\"a.txt\"]],\"other\":{\"Size\":3}},"
                                + "\"optimistic\":true,\"silent\":true,\"weight\":300}}",
                        "{\"job\":{\"owner\":\"alice\",\"json\":7}}{\"b\":1}",
                        "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"acl\":\"r\"},\"json\":7}}{\"c\":1}",
                        "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"role\":\"r\"},\"json\":7}}{\"c\":1}",
                        "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"user\":{\"login\":\"bob\",\"uuid\":\"u\"}},\"json\":7}}"
                                + "{\"c\":1}")
                .contains(
                        "{\"publish\":{\"for\":{\"topic\":[\"chat\",\"general\"]},\"key\":\"key\",\"urgent\":true,"
                                + "\"ttl\":\"PT1M\",\"message\":{\"shown\":[\"b\"],\"payload\":15,\"metadata\":15,"
                                + "\"clientTopic\":\"c\"}}}{\"a\":\"hunter2\"}{\"a\":\"hunter2\"}",
                        "{\"publish\":{\"for\":{\"user\":\"bob\"},\"notification\":15}}{\"a\":\"hunter2\"}")
                .endsWith(
                        "{\"chat\":{\"room\":[\"" + ID
                                + "\",\"GLOBAL\",\"general\"],\"gathered\":[\"alice\",\"bob\"]}}",
                        "{\"chat\":{\"room\":[\"" + ID + "\",\"GLOBAL\",\"general\"],\"described\":7}}{\"e\":1}",
                        "{\"chat\":{\"room\":[\"" + ID + "\",\"GLOBAL\",\"general\"],\"closed\":true}}");
        assertThat(codec.write(new JobEvent("", "1"))).startsWith(EventCodec.VERSION, 0, 0, 0);
    }

    @Test
    void whatIsNestedAsDeepAsTheWireAllowsComesBack() throws Exception {
        int depth = StreamReadConstraints.DEFAULT_MAX_DEPTH - 2;
        String text = "{\"Target\":{\"Path\":\"a\",\"X\":" + "[".repeat(depth) + "]".repeat(depth) + "}}";
        Event event = new EventReader(WireJson.MAPPER).read(EventTopic.TREE, WireJson.MAPPER.readTree(text), 1);

        comesBack(event);
    }

    @Test
    void whatIsNestedDeeperIsNotWritten() {
        ArrayNode deep = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < 2 * StreamReadConstraints.DEFAULT_MAX_DEPTH; i++) {
            deep = JsonNodeFactory.instance.arrayNode().add(deep);
        }
        Node node = new Node("hunter2", "", Map.of(), List.of(), Map.of("hunter2", deep));
        Event event = new TreeEvent(
                EventTopic.TREE, TreeEvent.Type.CREATE, Optional.empty(), Optional.of(node), false, false, 1);

        assertThatThrownBy(() -> codec.write(event))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageNotContaining("hunter2");
        int far = 100_000;
        isRefused(bytes("{\"tree\":" + "[".repeat(far) + "]".repeat(far) + "}", ""));
    }

    /** A publication of half a character has a question mark there as well. */
    @Test
    void halfACharacterInATextOfJsonIsAQuestionMark() throws Exception {
        assertThat(codec.read(codec.write(new JobEvent("\ud800", "\"\ud800\""))))
                .isEqualTo(new JobEvent("\ud800", "\"?\""));
    }

    @Test
    void requestsHaveNoPlaceInTheLog() {
        Event request = new RoomRequest(new ServiceWord.Unsay(ID, "m"));

        assertThatThrownBy(() -> codec.write(request)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aPieceOfAnEventIsNone() {
        for (Event event : samples()) {
            byte[] bytes = codec.write(event);
            for (int length = 0; length < bytes.length; length++) {
                isRefused(Arrays.copyOf(bytes, length));
            }
            isRefused(Arrays.copyOf(bytes, bytes.length + 1));
        }
    }

    @Test
    void onlyTheVersionThatIsKnownIsRead() {
        byte[] bytes = codec.write(samples().getFirst());
        for (int version = Byte.MIN_VALUE; version <= Byte.MAX_VALUE; version++) {
            bytes[0] = (byte) version;
            if (version != EventCodec.VERSION) {
                isRefused(bytes);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "{}",
                "[]",
                "{\"auth\":{}}",
                "{\"hunter2\":{}}",
                "{\"job\":1}",
                "{\"job\":{\"owner\":\"a\",\"json\":0},\"job\":{\"owner\":\"b\",\"json\":0}}",
                "{\"job\":{\"owner\":\"a\",\"json\":0}}{}",
                "{\"job\":{\"owner\":\"a\",\"json\":0},\"until\":1}",
                "{\"job\":{\"owner\":1,\"json\":0}}",
                "{\"job\":{\"owner\":null,\"json\":0}}",
                "{\"job\":{\"owner\":\"a\",\"json\":-1}}",
                "{\"job\":{\"owner\":\"a\",\"json\":0.0}}",
                "{\"job\":{\"owner\":\"a\",\"json\":4294967296}}",
                "{\"job\":{\"owner\":\"a\",\"json\":18446744073709551616}}",
                "{\"idm\":{\"change\":\"hunter2\",\"entity\":{\"other\":true},\"json\":0}}",
                "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"other\":false},\"json\":0}}",
                "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"hunter2\":1},\"json\":0}}",
                "{\"idm\":{\"change\":\"BIND\",\"entity\":{\"role\":\"a\",\"acl\":\"a\"},\"json\":0}}",
                "{\"publish\":{\"for\":{\"everyone\":false},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"everyone\":true,\"user\":\"a\"},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"session\":\"hunter2\"},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"topic\":[]},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"topic\":[\"\"]},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"topic\":[1]},\"notification\":0}}",
                "{\"publish\":{\"for\":{\"user\":\"\"},\"notification\":0,\"event\":0}}",
                "{\"publish\":{\"for\":{\"user\":\"a\"},\"ttl\":\"hunter2\",\"notification\":0}}",
                "{\"publish\":{\"for\":{\"user\":\"a\"},\"ttl\":\"PT99999999999999999999S\",\"notification\":0}}",
                "{\"publish\":{\"for\":{\"user\":\"a\"}}}",
                "{\"chat\":{\"room\":[\"6f1c5a1e-8f3b-4c51-9a53-0d7c2a8f4e11\",\"USER\",\"alice\"],\"closed\":true}}",
                "{\"chat\":{\"room\":[\"6f1c5a1e-8f3b-4c51-9a53-0d7c2a8f4e11\",\"GLOBAL\",\"a\"],\"closed\":false}}",
                "{\"chat\":{\"room\":[\"6f1c5a1e-8f3b-4c51-9a53-0d7c2a8f4e11\",\"GLOBAL\"],\"closed\":true}}",
                "{\"tree\":{\"type\":\"CREATE\",\"weight\":4294967296}}"
            })
    void whatCannotBeMeantIsRefused(String head) {
        isRefused(bytes(head, ""));
    }

    @Test
    void whatLacksAMemberOrHasOneMoreIsRefused() throws Exception {
        Set<String> left = new HashSet<>();
        for (Event event : samples()) {
            byte[] bytes = codec.write(event);
            JsonNode head = WireJson.MAPPER.readTree(head(bytes));
            for (ObjectNode object : objects(head)) {
                Map<String, JsonNode> members = new LinkedHashMap<>();
                object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
                for (Map.Entry<String, JsonNode> member : members.entrySet()) {
                    object.remove(member.getKey());
                    if (OPTIONAL.contains(member.getKey())) {
                        left.add(member.getKey());
                    } else {
                        isRefused(bytes(head.toString(), parts(bytes)));
                    }
                    object.set(member.getKey(), member.getValue());
                }
                object.put("until", 1);
                isRefused(bytes(head.toString(), parts(bytes)));
                object.remove("until");
            }
        }
        assertThat(left).as("what there is").isEqualTo(OPTIONAL);
    }

    /** All of which the members are the codec's own. */
    private static List<ObjectNode> objects(JsonNode json) {
        List<ObjectNode> objects = new ArrayList<>();
        if (json instanceof ObjectNode object) {
            objects.add(object);
            object.properties().forEach(member -> {
                if (!member.getKey().equals("other") && !(member.getKey().equals("meta") && json.has("in"))) {
                    objects.addAll(objects(member.getValue()));
                }
            });
        }
        return objects;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void whatIsDamagedIsAnEventOrRefused(long seed) {
        Random random = new Random(seed);
        RandomEvents events = new RandomEvents(random);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = codec.write(events.next());
            for (int flips = random.nextInt(3); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                assertThat(codec.read(bytes)).isNotNull();
            } catch (UnreadableEventException _) {
                refused++;
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }
}
