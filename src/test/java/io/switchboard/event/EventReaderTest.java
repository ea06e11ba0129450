package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventReaderTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final EventReader reader = new EventReader(MAPPER);

    @Test
    void shouldReadEveryFieldOfATreeEvent() throws Exception {
        TreeEvent event = tree("""
                {"Type": "UPDATE_PATH", "Optimistic": true, "Silent": true, "Metadata": {"k": "v"}, "New": [1],
                 "Source": {"Uuid": "u", "Path": "ds/a"},
                 "Target": {
                   "Uuid": "u", "Path": "ds/b", "Type": "LEAF", "Size": "12", "MTime": "1700000000", "Etag": "e",
                   "MetaStore": {"name": "\\"b\\"", "pydio:x": "1"},
                   "AppearsIn": [{"WsUuid": "ws", "WsSlug": "slug", "WsLabel": "L", "Path": "/b"}],
                   "Mode": 33188, "Commits": [{"Uuid": "c"}]}}""");

        assertThat(event.topic()).isEqualTo(EventTopic.TREE);
        assertThat(event.type()).isEqualTo(TreeEvent.Type.UPDATE_PATH);
        assertThat(event.optimistic()).isTrue();
        assertThat(event.silent()).isTrue();
        assertThat(event.weight()).isEqualTo(77);
        assertThat(event.source()).hasValueSatisfying(node -> {
            assertThat(node.uuid()).isEqualTo("u");
            assertThat(node.path()).isEqualTo("ds/a");
        });
        Node target = event.target().orElseThrow();
        assertThat(target.uuid()).isEqualTo("u");
        assertThat(target.path()).isEqualTo("ds/b");
        assertThat(target.metaStore()).isEqualTo(Map.of("name", "\"b\"", "pydio:x", "1"));
        assertThat(target.appearsIn()).containsExactly(new WorkspaceRelativePath("ws", "slug", "/b"));
        assertThat(target.other()).isEqualTo(fields("""
                        {"Type": "LEAF", "Size": "12", "MTime": "1700000000", "Etag": "e", "Mode": 33188,
                         "Commits": [{"Uuid": "c"}]}"""));
    }

    @Test
    void shouldTakeWhatIsAbsentForItsDefault() throws Exception {
        TreeEvent event = tree("{\"Target\": {}}");

        assertThat(event)
                .isEqualTo(new TreeEvent(
                        EventTopic.TREE,
                        TreeEvent.Type.CREATE,
                        Optional.empty(),
                        Optional.of(new Node("", "", Map.of(), List.of(), Map.of())),
                        false,
                        false,
                        77));
    }

    @Test
    void shouldTakeNullForAbsent() throws Exception {
        TreeEvent event = tree("""
                {"Type": null, "Source": null, "Optimistic": null, "Silent": null, "Metadata": null, "Target": {
                  "Uuid": null, "Path": null, "Type": null, "Size": null, "MTime": null, "Etag": null,
                  "MetaStore": {"a": null, "b": "1"}, "Mode": null,
                  "AppearsIn": [null, {"WsUuid": "ws", "WsSlug": null, "Path": null}]}}""");

        assertThat(event).isEqualTo(tree("""
                        {"Target": {"MetaStore": {"b": "1"}, "AppearsIn": [{"WsUuid": "ws"}]}}"""));
        assertThat(tree("{\"Target\": {\"MetaStore\": null, \"AppearsIn\": null}}"))
                .isEqualTo(tree("{\"Target\": {}}"));
    }

    @ParameterizedTest
    @EnumSource(TreeEvent.Type.class)
    void shouldKnowEveryTypeOnBothTopics(TreeEvent.Type type) throws Exception {
        JsonNode json = parse("{\"Source\": {}, \"Target\": {}, \"Type\": \"" + type + "\"}");

        assertThat(((TreeEvent) reader.read(EventTopic.TREE, json, 1)).type()).isEqualTo(type);
        Event meta = reader.read(EventTopic.META, json, 1);
        assertThat(((TreeEvent) meta).type()).isEqualTo(type);
        assertThat(meta.topic()).isEqualTo(EventTopic.META);
    }

    @ParameterizedTest
    @CsvSource({
        "CREATE, Target, Target",
        "UPDATE_CONTENT, Target, Target",
        "UPDATE_META, Target, Target",
        "UPDATE_USER_META, Target, Target",
        "DELETE, Source, Source",
        "UPDATE_PATH, Source, Target",
        "UPDATE_PATH, Target, Target",
        "READ, Source, Target",
        "READ, Target, Target"
    })
    void shouldAskForTheNodeThatTheTypeIsAbout(String type, String enough, String named) throws Exception {
        assertThat(tree("{\"Type\": \"" + type + "\", \"" + enough + "\": {}}")).isNotNull();
        refuses(EventTopic.TREE, "{\"Type\": \"" + type + "\"}", named, type);
        boolean either = type.equals("UPDATE_PATH") || type.equals("READ");
        if (!either) {
            String wrong = enough.equals("Target") ? "Source" : "Target";
            refuses(EventTopic.TREE, "{\"Type\": \"" + type + "\", \"" + wrong + "\": {}}", named, type);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Size\": 12} | Size | 12",
                "{\"Size\": \"012\"} | Size | 12",
                "{\"Size\": 9223372036854775807} | Size | 9223372036854775807",
                "{\"Size\": \"9223372036854775807\"} | Size | 9223372036854775807",
                "{\"MTime\": 1700000000} | MTime | 1700000000",
                "{\"MTime\": \"1700000000\"} | MTime | 1700000000",
                "{\"Type\": \"COLLECTION\"} | Type | COLLECTION",
                "{\"Type\": \"UNKNOWN\"} | Type | UNKNOWN"
            })
    void shouldKeepNumbersAsStrings(String node, String field, String expected) throws Exception {
        assertThat(tree("{\"Target\": " + node + "}").target().orElseThrow().other())
                .hasEntrySatisfying(field, value -> {
                    assertThat(value.isTextual()).isTrue();
                    assertThat(value.textValue()).isEqualTo(expected);
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Type\": \"SECRET\", \"Target\": {}} | Type | CREATE, READ, UPDATE_PATH",
                "{\"Type\": \"create\", \"Target\": {}} | Type | CREATE, READ, UPDATE_PATH",
                "{\"Type\": \"\", \"Target\": {}} | Type | CREATE, READ, UPDATE_PATH",
                "{\"Type\": 666, \"Target\": {}} | Type | CREATE, READ, UPDATE_PATH",
                "{} | Target | CREATE",
                "{\"Target\": null} | Target | CREATE",
                "{\"Target\": \"SECRET\"} | Target | object",
                "{\"Target\": [666]} | Target | object",
                "{\"Source\": 666, \"Target\": {}} | Source | object",
                "{\"Target\": {}, \"Optimistic\": \"SECRET\"} | Optimistic | true or false",
                "{\"Target\": {}, \"Silent\": 666} | Silent | true or false",
                "{\"Target\": {\"Uuid\": 666}} | Target.Uuid | string",
                "{\"Target\": {\"Path\": [\"SECRET\"]}} | Target.Path | string",
                "{\"Target\": {}, \"Source\": {\"Path\": true}} | Source.Path | string",
                "{\"Target\": {\"Etag\": 666}} | Target.Etag | string",
                "{\"Target\": {\"Type\": \"SECRET\"}} | Target.Type | LEAF, COLLECTION",
                "{\"Target\": {\"Type\": 1}} | Target.Type | LEAF, COLLECTION",
                "{\"Target\": {\"Size\": \"SECRET\"}} | Target.Size | string",
                "{\"Target\": {\"Size\": \"\"}} | Target.Size | string",
                "{\"Target\": {\"Size\": 666.5}} | Target.Size | string",
                "{\"Target\": {\"Size\": true}} | Target.Size | string",
                "{\"Target\": {\"Size\": 9223372036854775808}} | Target.Size | 64-bit",
                "{\"Target\": {\"Size\": \"9223372036854775808\"}} | Target.Size | 64-bit",
                "{\"Target\": {\"MTime\": 666.5}} | Target.MTime | string",
                "{\"Target\": {\"MTime\": {}}} | Target.MTime | string",
                "{\"Target\": {\"MTime\": 9223372036854775808}} | Target.MTime | string",
                "{\"Target\": {\"MetaStore\": \"SECRET\"}} | Target.MetaStore | object",
                "{\"Target\": {\"MetaStore\": [666]}} | Target.MetaStore | object",
                "{\"Target\": {\"MetaStore\": {\"name\": 666}}} | Target.MetaStore.name | JSON-encoded",
                "{\"Target\": {\"MetaStore\": {\"a\": \"1\", \"b\": {}}}} | Target.MetaStore.b | JSON-encoded",
                "{\"Target\": {\"AppearsIn\": {}}} | Target.AppearsIn | array",
                "{\"Target\": {\"AppearsIn\": [\"SECRET\"]}} | Target.AppearsIn[0] | object",
                "{\"Target\": {\"AppearsIn\": [{\"WsUuid\": \"w\"}, {}]}} | Target.AppearsIn[1].WsUuid | uuid",
                "{\"Target\": {\"AppearsIn\": [{\"WsUuid\": \"\"}]}} | Target.AppearsIn[0].WsUuid | uuid",
                "{\"Target\": {\"AppearsIn\": [{\"WsUuid\": 666}]}} | Target.AppearsIn[0].WsUuid | string",
                "{\"Target\": {\"AppearsIn\": [{\"WsUuid\": \"w\", \"WsSlug\": 666}]}} | Target.AppearsIn[0].WsSlug | string",
                "{\"Target\": {\"AppearsIn\": [{\"WsUuid\": \"w\", \"Path\": 666}]}} | Target.AppearsIn[0].Path | string"
            })
    void shouldNameTheWrongFieldAndSayWhatToSend(String json, String field, String advice) throws Exception {
        refuses(EventTopic.TREE, json, field, advice);
        refuses(EventTopic.META, json, field, advice);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Job\": {}} | TaskUpdated | object",
                "{\"Job\": {}, \"TaskUpdated\": null} | TaskUpdated | object",
                "{\"Job\": {}, \"TaskUpdated\": \"SECRET\"} | TaskUpdated | object",
                "{\"Job\": {}, \"TaskUpdated\": {}} | TaskUpdated.TriggerOwner | login",
                "{\"Job\": {}, \"TaskUpdated\": {\"TriggerOwner\": \"\"}} | TaskUpdated.TriggerOwner | login",
                "{\"Job\": {}, \"TaskUpdated\": {\"TriggerOwner\": null}} | TaskUpdated.TriggerOwner | login",
                "{\"Job\": {}, \"TaskUpdated\": {\"TriggerOwner\": 666}} | TaskUpdated.TriggerOwner | string",
                "{\"TaskUpdated\": {\"TriggerOwner\": \"SECRET\"}} | Job | object",
                "{\"TaskUpdated\": {\"TriggerOwner\": \"u\"}, \"Job\": null} | Job | object",
                "{\"TaskUpdated\": {\"TriggerOwner\": \"u\"}, \"Job\": 666} | Job | object"
            })
    void shouldNameTheWrongFieldOfAJob(String json, String field, String advice) throws Exception {
        refuses(EventTopic.JOB, json, field, advice);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "[{\"Target\": {}}]", "\"SECRET\"", "666", "true", "null"})
    void shouldRefuseWhatIsNotAnObject(String json) throws Exception {
        for (EventTopic topic : EventTopic.values()) {
            refuses(topic, json, "", "JSON object");
        }
    }

    @Test
    void shouldKeepAJobAsItCame() throws Exception {
        JsonNode json = parse("""
                {"TaskUpdated": {"TriggerOwner": "zoë", "ID": "t", "Progress": 0.5},
                 "Job": {"ID": "j", "Label": "\\"😀\\\\"}, "Extra": [null, {}]}""");

        JobEvent event = (JobEvent) reader.read(EventTopic.JOB, json, 77);

        assertThat(event.owner()).isEqualTo("zoë");
        assertThat(parse(event.json())).isEqualTo(json);
    }

    // idm

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Acl\": {\"RoleID\": \"r\", \"Action\": {\"Name\": \"read\"}}} | Acl[roleId=r]",
                "{\"Acl\": {\"RoleID\": \"r\"}, \"Role\": {\"Uuid\": \"q\"}} | Acl[roleId=r]",
                "{\"Acl\": {\"RoleID\": \"r\", \"Action\": {\"Name\": \"parameter:x\"}}} | Other[]",
                "{\"Acl\": {\"RoleID\": \"r\", \"Action\": {\"Name\": \"action:x\"}}} | Other[]",
                "{\"Acl\": {\"RoleID\": \"r\", \"Action\": {\"Name\": \"my-action:x\"}}} | Acl[roleId=r]",
                "{\"Acl\": {\"RoleID\": \"r\", \"Action\": {\"Name\": \"action:x\"}}, \"Role\": {\"Uuid\": \"q\"}} | Role[uuid=q]",
                "{\"Acl\": {\"RoleID\": \"\", \"WorkspaceID\": \"w\"}} | Other[]",
                "{\"Role\": {\"Uuid\": \"q\"}, \"User\": {\"Login\": \"u\"}} | Role[uuid=q]",
                "{\"Role\": {}, \"User\": {\"Login\": \"u\", \"Uuid\": \"s\"}} | User[login=Optional[u], uuid=Optional[s]]",
                "{\"User\": {\"Login\": \"\", \"Uuid\": \"s\"}} | User[login=Optional.empty, uuid=Optional[s]]",
                "{\"User\": {\"Login\": \"u\"}, \"Workspace\": {\"UUID\": \"w\"}} | User[login=Optional[u], uuid=Optional.empty]",
                "{\"Acl\": null, \"Workspace\": {\"UUID\": \"w\"}} | Workspace[uuid=w]",
                "{\"Workspace\": {\"Uuid\": \"w\"}} | Other[]"
            })
    void shouldKnowWhomAnIdentityConcerns(String json, String entity) throws Exception {
        assertThat(idm(json).entity()).hasToString(entity);
    }

    @ParameterizedTest
    @EnumSource(IdmEvent.Change.class)
    void shouldKnowEveryChangeOfAnIdentity(IdmEvent.Change change) throws Exception {
        IdmEvent event = idm("{\"Type\": \"" + change + "\", \"Role\": {\"Uuid\": \"r\"}}");

        assertThat(event.change()).isEqualTo(change);
        assertThat(event.topic()).isEqualTo(EventTopic.IDM);
        assertThat(parse(event.json()).path("Type").asText())
                .as("the default is left out on the wire")
                .isEqualTo(change == IdmEvent.Change.CREATE ? "" : change.name());
    }

    @Test
    void shouldKeepAnIdentityAsItCameWithItsNameAndWithoutPasswords() throws Exception {
        IdmEvent event = idm("""
                {"@type": "mine", "User": {"Login": "zoë", "Password": "x", "OldPassword": "y", "Attributes": {"a": "b"}},
                 "Extra": [null, {}]}""");

        assertThat(event.change()).isEqualTo(IdmEvent.Change.CREATE);
        assertThat(parse(event.json()))
                .isEqualTo(
                        parse(
                                "{\"@type\": \"idm\", \"User\": {\"Login\": \"zoë\", \"Attributes\": {\"a\": \"b\"}}, \"Extra\": [null, {}]}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | `` | Acl, Role, User or Workspace",
                "{\"Group\": {}} | `` | Acl, Role, User or Workspace",
                "{\"Type\": \"SECRET\", \"Role\": {}} | Type | CREATE, READ, UPDATE, DELETE",
                "{\"Type\": 666, \"Role\": {}} | Type | CREATE, READ, UPDATE, DELETE",
                "{\"Acl\": \"SECRET\"} | Acl | object",
                "{\"Acl\": {\"RoleID\": 666}} | Acl.RoleID | string",
                "{\"Acl\": {\"Action\": \"SECRET\"}} | Acl.Action | object",
                "{\"Acl\": {\"Action\": {\"Name\": 666}}} | Acl.Action.Name | string",
                "{\"Role\": [666]} | Role | object",
                "{\"Role\": {\"Uuid\": 666}} | Role.Uuid | string",
                "{\"Role\": {\"Uuid\": \"r\"}, \"User\": {\"Login\": 666}} | User.Login | string",
                "{\"User\": {\"Login\": \"u\", \"Uuid\": 666}} | User.Uuid | string",
                "{\"User\": true} | User | object",
                "{\"Workspace\": {\"UUID\": {}}} | Workspace.UUID | string",
                "{\"Workspace\": 666} | Workspace | object"
            })
    void shouldNameTheWrongFieldOfAnIdentity(String json, String field, String advice) throws Exception {
        refuses(EventTopic.IDM, json, field, advice);
    }

    private IdmEvent idm(String json) throws Exception {
        return (IdmEvent) reader.read(EventTopic.IDM, parse(json), 77);
    }

    // activity

    @Test
    void shouldReadAnActivityForAUser() throws Exception {
        ActivityEvent event = activity("""
                {"@type": "mine", "BoxName": "inbox", "OwnerType": "USER", "OwnerId": "alice", "Extra": 1, "Activity": {
                  "id": "/activity-1", "name": "a/b", "actor": {"id": "bob", "name": "a/b"},
                  "object": {"id": "n", "name": "/personal/zoë/über.txt", "type": "Document"},
                  "origin": {"name": "folder/"}, "target": {"name": "plain"}, "items": [{"name": "a/b"}]}}""");

        assertThat(event.boxName()).isEqualTo("inbox");
        assertThat(event.ownerType()).isEqualTo("USER");
        assertThat(event.ownerId()).isEqualTo("alice");
        assertThat(event.actorId()).isEqualTo("bob");
        assertThat(event.topic()).isEqualTo(EventTopic.ACTIVITY);
        assertThat(parse(event.json())).isEqualTo(parse("""
                {"@type": "activity", "BoxName": "inbox", "OwnerType": "USER", "OwnerId": "alice", "Extra": 1, "Activity": {
                  "id": "/activity-1", "name": "a/b", "actor": {"id": "bob", "name": "a/b"},
                  "object": {"id": "n", "name": "über.txt", "type": "Document"},
                  "origin": {"name": "folder"}, "target": {"name": "plain"}, "items": [{"name": "a/b"}]}}"""));
    }

    @ParameterizedTest
    @CsvSource({"a/b, b", "/a, a", "a//, a", "/, ''", "'', ''", "..../x y, x y"})
    void shouldCutANameToItsLastSegment(String name, String expected) throws Exception {
        for (String about : List.of("object", "origin", "target")) {
            ActivityEvent event = activity("{\"BoxName\": \"inbox\", \"OwnerType\": \"USER\", \"OwnerId\": \"u\","
                    + " \"Activity\": {\"" + about + "\": {\"name\": \"" + name + "\"}}}");

            assertThat(parse(event.json()).at("/Activity/" + about + "/name").textValue())
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"BoxName\": \"outbox\", \"OwnerType\": \"USER\", \"OwnerId\": \"u\", \"Activity\": {}}",
                "{\"BoxName\": \"inbox\", \"OwnerType\": \"NODE\", \"OwnerId\": \"u\", \"Activity\": {}}",
                "{\"BoxName\": \"inbox\", \"OwnerId\": \"u\"}",
                "{\"BoxName\": null, \"OwnerType\": \"USER\"}"
            })
    void shouldKeepNothingOfAnActivityForNobody(String json) throws Exception {
        assertThat(activity(json).isForUser()).isFalse();
        assertThat(activity(json).json()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"BoxName\": 666} | BoxName | string",
                "{\"OwnerType\": 666} | OwnerType | string",
                "{\"OwnerId\": []} | OwnerId | string",
                "{\"Activity\": \"SECRET\"} | Activity | object",
                "{\"Activity\": {\"actor\": \"SECRET\"}} | Activity.actor | object",
                "{\"Activity\": {\"actor\": {\"id\": 666}}} | Activity.actor.id | string",
                "{\"BoxName\": \"inbox\", \"OwnerType\": \"USER\", \"Activity\": {}} | OwnerId | login",
                "{\"BoxName\": \"inbox\", \"OwnerType\": \"USER\", \"OwnerId\": \"u\"} | Activity | object",
                "{\"BoxName\": \"inbox\", \"OwnerType\": \"USER\", \"OwnerId\": \"u\", \"Activity\": {\"object\": \"SECRET\"}} | Activity.object | object",
                "{\"BoxName\": \"inbox\", \"OwnerType\": \"USER\", \"OwnerId\": \"u\", \"Activity\": {\"origin\": {\"name\": 666}}} | Activity.origin.name | string"
            })
    void shouldNameTheWrongFieldOfAnActivity(String json, String field, String advice) throws Exception {
        refuses(EventTopic.ACTIVITY, json, field, advice);
    }

    private ActivityEvent activity(String json) throws Exception {
        return (ActivityEvent) reader.read(EventTopic.ACTIVITY, parse(json), 77);
    }

    @Test
    void shouldNotSeeLaterChangesOfThePublishersTree() throws Exception {
        ObjectNode json = (ObjectNode) parse("{\"Target\": {\"Extra\": {\"a\": 1}}}");
        TreeEvent event = (TreeEvent) reader.read(EventTopic.TREE, json, 1);

        json.withObject("/Target/Extra").put("a", 2);

        assertThat(event.target().orElseThrow().other()).isEqualTo(fields("{\"Extra\": {\"a\": 1}}"));
    }

    private void refuses(EventTopic topic, String json, String field, String advice) throws IOException {
        JsonNode parsed = parse(json);
        InvalidEventException refusal =
                catchThrowableOfType(InvalidEventException.class, () -> reader.read(topic, parsed, 1));

        assertThat(refusal).as("a refusal of %s", json).isNotNull();
        assertThat(refusal.field()).isEqualTo(field);
        assertThat(refusal).hasMessageStartingWith("send ").hasMessageContaining(advice);
        // The values that are wrong in these tables are SECRET and 666; none may be told.
        assertThat(refusal.getMessage()).doesNotContain("SECRET", "666");
    }

    private TreeEvent tree(String json) throws Exception {
        return (TreeEvent) reader.read(EventTopic.TREE, parse(json), 77);
    }

    private static JsonNode parse(String json) throws IOException {
        return MAPPER.readTree(json);
    }

    private static Map<String, JsonNode> fields(String json) throws IOException {
        return MAPPER.convertValue(parse(json), new TypeReference<Map<String, JsonNode>>() {});
    }
}
