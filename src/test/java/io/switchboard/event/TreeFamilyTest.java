package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.auth.View;
import io.switchboard.auth.View.Root;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeFamilyTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final View PERSONAL = view("ws", "personal-files", folder("pydiods1/personal"));

    private final EventReader reader = new EventReader(MAPPER);
    private final TreeFamily family = new TreeFamily();

    @Nested
    class Message {
        @Test
        void shouldHoldTheNodeAsTheWorkspaceShowsIt() throws Exception {
            assertThat(project("""
                    {"Type": "UPDATE_CONTENT", "Optimistic": true, "Silent": true, "Metadata": {"m": "1"}, "Extra": 1,
                     "Target": {
                       "Uuid": "u", "Path": "pydiods1/personal/a/b.txt", "Type": "LEAF", "Size": 12, "MTime": "17",
                       "Etag": "e", "Mode": 33188, "Commits": [{"Uuid": "c", "Size": null}],
                       "MetaStore": {"name": "\\"b.txt\\"", "usermeta-tags": "\\"x\\"", "pydio:meta-loc": "1"},
                       "AppearsIn": [{"WsUuid": "other", "WsSlug": "o", "Path": "b.txt"}]}}""", PERSONAL)).contains(parse("""
                    {"Type": "UPDATE_CONTENT",
                     "Target": {
                       "Uuid": "u", "Path": "personal-files/a/b.txt", "Type": "LEAF", "Size": "12", "MTime": "17",
                       "Etag": "e", "Mode": 33188, "Commits": [{"Uuid": "c", "Size": null}],
                       "MetaStore": {
                         "name": "\\"b.txt\\"", "usermeta-tags": "\\"x\\"", "EventWorkspaceId": "\\"ws\\""}}}"""));
        }

        @Test
        void shouldLeaveOutWhatIsEmptyButNeverThePath() throws Exception {
            assertThat(project("{\"Target\": {\"AppearsIn\": [{\"WsUuid\": \"ws\"}]}}", view("ws", "")))
                    .contains(parse("""
                    {"Target": {"Path": "ws/", "MetaStore": {"EventWorkspaceId": "\\"ws\\""}}}"""));
        }

        @ParameterizedTest
        @CsvSource({
            "CREATE, ",
            "UPDATE_CONTENT, UPDATE_CONTENT",
            "UPDATE_META, UPDATE_META",
            "UPDATE_PATH, UPDATE_PATH",
            "DELETE, DELETE"
        })
        void shouldNameTheTypeUnlessItIsTheDefault(String type, String sent) throws Exception {
            JsonNode message = project(both(type, "pydiods1/personal/a", "pydiods1/personal/b"), PERSONAL)
                    .orElseThrow();

            assertThat(message.path("Type").textValue()).isEqualTo(sent);
            assertThat(message.at("/Source/Path").textValue()).isEqualTo("personal-files/a");
            assertThat(message.at("/Target/Path").textValue()).isEqualTo("personal-files/b");
        }

        @Test
        void shouldTakeAMissingTypeForCreate() throws Exception {
            assertThat(project("{\"Target\": {\"Path\": \"pydiods1/personal/a\"}}", PERSONAL))
                    .hasValueSatisfying(message ->
                            assertThat(message.fieldNames()).toIterable().containsExactly("Target"));
        }

        @Test
        void shouldNotExistForReading() throws Exception {
            assertThat(project(both("READ", "pydiods1/personal/a", "pydiods1/personal/a"), PERSONAL))
                    .isEmpty();
        }

        @Test
        void shouldLeaveOutTheSourceOfMetadataOfAUser() throws Exception {
            JsonNode message = project(both("UPDATE_USER_META", "pydiods1/personal/a", "pydiods1/personal/b"), PERSONAL)
                    .orElseThrow();

            assertThat(message.fieldNames()).toIterable().containsExactly("Type", "Target");
            assertThat(message.path("Type").textValue()).isEqualTo("UPDATE_USER_META");
            assertThat(message.at("/Target/Path").textValue()).isEqualTo("personal-files/b");
            assertThat(project(both("UPDATE_USER_META", "pydiods1/personal/a", "elsewhere/b"), PERSONAL))
                    .isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"true, false", "false, true", "true, true"})
        void shouldNotDependOnTheFlags(boolean optimistic, boolean silent) throws Exception {
            ObjectNode event = (ObjectNode) parse(target("pydiods1/personal/a"));
            Optional<JsonNode> plain = project(event.toString(), PERSONAL);
            event.put("Optimistic", optimistic).put("Silent", silent);

            assertThat(project(event.toString(), PERSONAL)).isPresent().isEqualTo(plain);
        }

        @Test
        void shouldBeTheSameForMetaEvents() throws Exception {
            JsonNode json = parse(target("pydiods1/personal/a"));

            assertThat(family.project((TreeEvent) reader.read(EventTopic.META, json, 1), PERSONAL))
                    .hasValueSatisfying(bytes -> assertThat(bytes)
                            .isEqualTo(family.project(event(json.toString()), PERSONAL)
                                    .orElseThrow()));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "naïve café.txt",
                    "日本語/ファイル",
                    "emoji 😀",
                    "e\u0301 decomposed",
                    "quo\"te",
                    "back\\slash",
                    "\\\"",
                    "new\nline\tand\u0001control",
                    "line\u2028separator",
                    "</script>",
                    "50%2F.. ",
                    "..two dots/x",
                    "dots../x",
                    "dots..",
                    "a..b/...c/x"
                })
        void shouldKeepNamesAsTheyAre(String name) throws Exception {
            ObjectNode event = MAPPER.createObjectNode();
            event.putObject("Target")
                    .put("Path", "pydiods1/personal/" + name)
                    .putObject("MetaStore")
                    .put("n" + name, "\"" + name + "\"");

            JsonNode message = project(event.toString(), PERSONAL).orElseThrow();

            assertThat(message.at("/Target/Path").textValue()).isEqualTo("personal-files/" + name);
            assertThat(message.path("Target").path("MetaStore").path("n" + name).textValue())
                    .isEqualTo("\"" + name + "\"");
        }

        @Test
        void shouldBeUtf8() {
            byte[] bytes = family.project(event(target("pydiods1/personal/é")), PERSONAL)
                    .orElseThrow();

            assertThat(new String(bytes, StandardCharsets.UTF_8)).contains("personal-files/é");
        }

        @Test
        void shouldBeWrittenHoweverDeepTheParserAllows() throws Exception {
            int depth = MAPPER.getFactory().streamReadConstraints().getMaxNestingDepth() - 2;
            String deep = "[".repeat(depth) + "]".repeat(depth);

            assertThat(project("{\"Target\": {\"Path\": \"pydiods1/personal/a\", \"Deep\": " + deep + "}}", PERSONAL))
                    .hasValueSatisfying(message ->
                            assertThat(message.at("/Target/Deep").toString()).isEqualTo(deep));
        }

        @Test
        void shouldSurviveHalfACharacter() throws Exception {
            assertThat(path(project("{\"Target\": {\"Path\": \"pydiods1/personal/\\ud83d\"}}", PERSONAL)))
                    .isEqualTo("personal-files/\ud83d");
        }
    }

    @Nested
    class Metadata {
        @ParameterizedTest
        @CsvSource({
            "pydio:meta-policies, false",
            "pydio:, false",
            "pydio:x:y, false",
            "pydio, true",
            "pydiox, true",
            "PYDIO:x, true",
            "x-pydio:y, true",
            "name, true"
        })
        void shouldLoseItsInternalKeys(String key, boolean kept) throws Exception {
            ObjectNode event = (ObjectNode) parse(both("UPDATE_PATH", "pydiods1/personal/a", "pydiods1/personal/b"));
            event.withObject("/Source").putObject("MetaStore").put(key, "1");
            event.withObject("/Target").putObject("MetaStore").put(key, "1");

            JsonNode message = project(event.toString(), PERSONAL).orElseThrow();

            assertThat(message.at("/Source/MetaStore").has(key)).isEqualTo(kept);
            assertThat(message.at("/Target/MetaStore").has(key)).isEqualTo(kept);
        }

        @Test
        void shouldNameTheWorkspaceOnBothNodesWithItsQuotes() throws Exception {
            JsonNode message = project(both("UPDATE_PATH", "pydiods1/personal/a", "pydiods1/personal/b"), PERSONAL)
                    .orElseThrow();

            assertThat(message.at("/Source/MetaStore/EventWorkspaceId").textValue())
                    .isEqualTo("\"ws\"");
            assertThat(message.at("/Target/MetaStore/EventWorkspaceId").textValue())
                    .isEqualTo("\"ws\"");
        }

        @ParameterizedTest
        @ValueSource(strings = {"ws", "a\"b", "back\\slash", "ünïcode 😀", "new\nline"})
        void shouldNameTheWorkspaceSoThatTheClientCanParseIt(String uuid) throws Exception {
            JsonNode message = project(target("ds/x/a"), view(uuid, "slug", folder("ds/x")))
                    .orElseThrow();

            assertThat(parse(message.at("/Target/MetaStore/EventWorkspaceId").textValue())
                            .textValue())
                    .isEqualTo(uuid);
        }

        @Test
        void shouldNotTakeTheWorkspaceFromTheService() throws Exception {
            String json = """
                    {"Target": {"Path": "pydiods1/personal/a", "MetaStore": {"EventWorkspaceId": "\\"forged\\""}}}""";
            byte[] bytes = family.project(event(json), PERSONAL).orElseThrow();

            assertThat(new String(bytes, StandardCharsets.UTF_8)).doesNotContain("forged");
            assertThat(MAPPER.readTree(bytes)
                            .at("/Target/MetaStore/EventWorkspaceId")
                            .textValue())
                    .isEqualTo("\"ws\"");
        }
    }

    @Nested
    class OneRoot {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "pydiods1/personal/a | personal-files/a",
                    "pydiods1/personal/a/b.txt | personal-files/a/b.txt",
                    "pydiods1/personal | personal-files/",
                    "/pydiods1/personal/a | personal-files/a",
                    "pydiods1/personal/a/ | personal-files/a",
                    "//pydiods1/personal// | personal-files/",
                    "pydiods1/personal//a | personal-files/a",
                    "pydiods1/personal/.git/config | personal-files/.git/config",
                    "pydiods1/personal/./a | personal-files/./a",
                    "pydiods1/personal2 |",
                    "pydiods1/personal2/a |",
                    "pydiods1/personal.txt |",
                    "pydiods1/persona |",
                    "pydiods1/Personal/a |",
                    "pydiods1 |",
                    "pydiods1//personal/a |",
                    "pydiods1/./personal/a |",
                    "x/pydiods1/personal/a |",
                    "personal/a |",
                    "pydiods1/other/../personal/a |",
                    "pydiods1/personal/../other/a |",
                    "pydiods1/personal/a/../b |",
                    "pydiods1/personal/.. |",
                    "pydiods1/personal/../ |",
                    "../pydiods1/personal/a |",
                    "/ |",
                    "'' |"
                })
        void shouldShowWhatLiesBelowIt(String path, String expected) throws Exception {
            assertThat(path(project(target(path), PERSONAL))).isEqualTo(expected);
        }

        @Test
        void shouldNotNeedItsKey() throws Exception {
            assertThat(path(project(target("ds/x/a"), view("ws", "slug", keyed("ds/x", "key")))))
                    .isEqualTo("slug/a");
        }

        @Test
        void shouldAllowADotInTheMiddleOfItsPath() throws Exception {
            View view = view("ws", "slug", folder("ds/.shared"));

            assertThat(path(project(target("ds/.shared/a"), view))).isEqualTo("slug/a");
            assertThat(path(project(target("ds/.shared"), view))).isNull();
        }
    }

    @Nested
    class Hidden {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"Path\": \"pydiods1/personal/.pydio\"}",
                    "{\"Path\": \"pydiods1/personal/a/.hidden\"}",
                    "{\"Path\": \"pydiods1/personal/a/.hidden/\"}",
                    "{\"Path\": \"pydiods1/personal/a/.\"}",
                    "{\"Path\": \"x/.a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \"a\"}]}",
                    "{\"Path\": \"x/a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \"b/.a\"}]}",
                    "{\"Path\": \"x/a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \".a\"}]}",
                    "{\"Path\": \"x/a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \"/.a/\"}]}",
                    "{\"Path\": \"x/../a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \"a\"}]}",
                    "{\"Path\": \"x/a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \"../other/a\"}]}",
                    "{\"Path\": \"pydiods1/personal/a\", \"AppearsIn\": [{\"WsUuid\": \"ws\", \"Path\": \".a\"}]}",
                    "{\"Uuid\": \"u\", \"MetaStore\": {\"name\": \"1\"}}",
                    "{\"AppearsIn\": [{\"WsUuid\": \"other\", \"Path\": \"a\"}]}",
                    "{\"AppearsIn\": [{\"WsUuid\": \"ws2\", \"Path\": \"a\"}]}",
                    "{}"
                })
        void shouldNotBeShown(String node) throws Exception {
            assertThat(project("{\"Target\": " + node + "}", PERSONAL)).isEmpty();
            assertThat(project("{\"Type\": \"DELETE\", \"Source\": " + node + "}", PERSONAL))
                    .isEmpty();
            assertThat(project("{\"Type\": \"UPDATE_PATH\", \"Source\": " + node + "}", PERSONAL))
                    .isEmpty();
        }

        @Test
        void shouldAppearWhenTheNameLosesItsDot() throws Exception {
            JsonNode message = project(both("UPDATE_PATH", "pydiods1/personal/.a", "pydiods1/personal/a"), PERSONAL)
                    .orElseThrow();

            assertThat(message.fieldNames()).toIterable().containsExactly("Target");
        }
    }

    @Nested
    class AppearsIn {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "a/b | slug/a/b",
                    "/a | slug/a",
                    "///a/b | slug/a/b",
                    "a/ | slug/a",
                    "'' | slug/",
                    "/ | slug/",
                    "key/.git/a | slug/key/.git/a"
                })
        void shouldGiveThePathInside(String inside, String expected) throws Exception {
            String event = target("elsewhere/x", "ws", "event-slug", inside);

            assertThat(path(project(event, view("ws", "slug")))).isEqualTo(expected);
            assertThat(path(project(event, view("other", "slug")))).isNull();
        }

        @Test
        void shouldBeatARoot() throws Exception {
            assertThat(path(project(
                            target("pydiods1/personal/below/root", "ws", "event-slug", "named/by/event"), PERSONAL)))
                    .isEqualTo("personal-files/named/by/event");
        }

        @Test
        void shouldNotBeatARootOfAnotherWorkspace() throws Exception {
            assertThat(path(project(target("pydiods1/personal/a", "other", "other-slug", "x"), PERSONAL)))
                    .isEqualTo("personal-files/a");
        }

        @Test
        void shouldAlreadyHoldTheKeyOfTheRoot() throws Exception {
            View view = view("ws", "slug", keyed("ds/x", "key-x"), keyed("ds/y", "key-y"));

            assertThat(path(project(target("ds/x/a", "ws", "", "key-x/a"), view)))
                    .isEqualTo("slug/key-x/a");
        }

        @Test
        void shouldWorkWithoutAPath() throws Exception {
            assertThat(path(project(target("", "ws", "", "a"), PERSONAL))).isEqualTo("personal-files/a");
        }

        @Test
        void shouldBeFoundAmongOthers() throws Exception {
            assertThat(path(project("""
                    {"Target": {"Path": "x/a", "AppearsIn": [
                      {"WsUuid": "ws2", "Path": "2"}, {"WsUuid": "ws", "Path": "1"}, {"WsUuid": "w", "Path": "3"}]}}""", PERSONAL))).isEqualTo("personal-files/1");
        }
    }

    @Nested
    class Slug {
        @ParameterizedTest
        @CsvSource({
            "claim, event, claim/a",
            "claim, '', claim/a",
            "'', event, event/a",
            "'', '', ws/a",
        })
        void shouldBeTheClaimsElseTheEventsElseTheUuid(String claim, String event, String expected) throws Exception {
            assertThat(path(project(target("", "ws", event, "a"), view("ws", claim))))
                    .isEqualTo(expected);
            assertThat(path(project(
                            target("", "ws", event, "a"),
                            new View("ws", Optional.of(claim), List.of(), View.Permission.READ))))
                    .isEqualTo(expected);
        }

        @Test
        void shouldBeTheUuidForANodeFoundThroughARoot() throws Exception {
            assertThat(path(project(target("ds/x/a"), view("ws", "", folder("ds/x")))))
                    .isEqualTo("ws/a");
        }

        @Test
        void shouldBeTheTargetsWhereTheNodesDisagree() throws Exception {
            JsonNode message = project("""
                    {"Type": "UPDATE_PATH", "Source": {"AppearsIn": [{"WsUuid": "ws", "WsSlug": "old", "Path": "a"}]},
                     "Target": {"AppearsIn": [{"WsUuid": "ws", "WsSlug": "new", "Path": "b"}]}}""", view("ws", "")).orElseThrow();

            assertThat(message.at("/Source/Path").textValue()).isEqualTo("new/a");
            assertThat(message.at("/Target/Path").textValue()).isEqualTo("new/b");
        }

        @ParameterizedTest
        @CsvSource({"Source, Target", "Target, Source"})
        void shouldBeTheSameOnBothNodes(String named, String unnamed) throws Exception {
            JsonNode message = project("""
                    {"Type": "UPDATE_PATH", "%s": {"AppearsIn": [{"WsUuid": "ws", "WsSlug": "s", "Path": "a"}]},
                     "%s": {"Path": "ds/x/b"}}""".formatted(named, unnamed), view("ws", "", folder("ds/x")))
                    .orElseThrow();

            assertThat(message.path(named).path("Path").textValue()).isEqualTo("s/a");
            assertThat(message.path(unnamed).path("Path").textValue()).isEqualTo("s/b");
        }
    }

    @Nested
    class Move {
        private static final String IN = "pydiods1/personal/a";
        private static final String OUT = "pydiods1/personal2/a";

        @ParameterizedTest
        @CsvSource({
            IN + ", " + IN + ", UPDATE_PATH, true, true",
            OUT + ", " + IN + ", , false, true",
            IN + ", " + OUT + ", DELETE, true, false"
        })
        void shouldBeWhatTheViewSeesOfIt(String from, String to, String type, boolean source, boolean target)
                throws Exception {
            JsonNode message = project(both("UPDATE_PATH", from, to), PERSONAL).orElseThrow();

            assertThat(message.path("Type").textValue()).isEqualTo(type);
            assertThat(message.has("Source")).isEqualTo(source);
            assertThat(message.has("Target")).isEqualTo(target);
            assertThat(message.toString()).doesNotContain("personal2");
        }

        @Test
        void shouldNotBeSeenOutside() throws Exception {
            assertThat(project(both("UPDATE_PATH", OUT, OUT), PERSONAL)).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"Source, DELETE", "Target, "})
        void shouldNotNeedBothEnds(String end, String type) throws Exception {
            JsonNode message = project(
                            "{\"Type\": \"UPDATE_PATH\", \"" + end + "\": {\"Path\": \"" + IN + "\"}}", PERSONAL)
                    .orElseThrow();

            assertThat(message.path("Type").textValue()).isEqualTo(type);
            assertThat(message.has(end)).isTrue();
        }
    }

    @Nested
    class OtherNode {
        @ParameterizedTest
        @EnumSource(
                value = TreeEvent.Type.class,
                names = {"CREATE", "UPDATE_CONTENT", "UPDATE_META"})
        void shouldNotBeToldWhenOnlyTheTargetIsVisible(TreeEvent.Type type) throws Exception {
            JsonNode message = project(both(type.name(), "elsewhere/a", "pydiods1/personal/b"), PERSONAL)
                    .orElseThrow();

            assertThat(message.has("Source")).isFalse();
            assertThat(message.toString()).doesNotContain("elsewhere");
        }

        @ParameterizedTest
        @EnumSource(
                value = TreeEvent.Type.class,
                names = {"CREATE", "UPDATE_CONTENT", "UPDATE_META"})
        void shouldNotBeEnoughWithoutTheTarget(TreeEvent.Type type) throws Exception {
            assertThat(project(both(type.name(), "pydiods1/personal/a", "elsewhere/b"), PERSONAL))
                    .isEmpty();
        }

        @Test
        void shouldNotMatterToADelete() throws Exception {
            assertThat(project(both("DELETE", "pydiods1/personal/a", "elsewhere/b"), PERSONAL))
                    .hasValueSatisfying(message -> {
                        assertThat(message.has("Target")).isFalse();
                        assertThat(message.path("Type").textValue()).isEqualTo("DELETE");
                    });
            assertThat(project(both("DELETE", "elsewhere/a", "pydiods1/personal/b"), PERSONAL))
                    .isEmpty();
        }
    }

    @Nested
    class SeveralRoots {
        static Stream<Arguments> rows() {
            List<Root> two = List.of(keyed("ds/x", "kx"), keyed("ds/y", "ky"));
            List<Root> nested =
                    List.of(keyed("ds/x", "outer"), keyed("ds/x/in/deep", "inner"), keyed("ds/x/in", "mid"));
            List<Root> unkeyed = List.of(folder("ds/x"), keyed("ds/y", "ky"));
            List<Root> unkeyedInside = List.of(keyed("ds/x", "kx"), folder("ds/x/in"));
            List<Root> file = List.of(file("ds/x/a.txt", "a-key.txt"));
            List<Root> unkeyedFile = List.of(new Root("ds/x/a.txt", Optional.empty(), true));
            List<Root> fileAndFolder = List.of(file("ds/x/a.txt", "file"), keyed("ds/x", "folder"));
            List<Root> oddKeys = List.of(keyed("ds/x", "/kx/"), keyed("ds/y", ""), keyed("ds/z", "../w"));
            return Stream.of(
                    Arguments.of(two, "ds/x/a/b", "slug/kx/a/b"),
                    Arguments.of(two, "ds/y/a", "slug/ky/a"),
                    Arguments.of(two, "ds/x", "slug/kx"),
                    Arguments.of(two, "ds/z", null),
                    Arguments.of(two, "ds/xy/a", null),
                    Arguments.of(two, "ds/x/.a", null),
                    Arguments.of(nested, "ds/x/in/deep/a", "slug/inner/a"),
                    Arguments.of(nested, "ds/x/in/deeper/a", "slug/mid/deeper/a"),
                    Arguments.of(nested, "ds/x/in", "slug/mid"),
                    Arguments.of(nested, "ds/x/a", "slug/outer/a"),
                    Arguments.of(nested.reversed(), "ds/x/in/deep/a", "slug/inner/a"),
                    Arguments.of(nested.reversed(), "ds/x/in/a", "slug/mid/a"),
                    Arguments.of(unkeyed, "ds/x/a", null),
                    Arguments.of(unkeyed, "ds/x", null),
                    Arguments.of(unkeyed, "ds/y/a", "slug/ky/a"),
                    Arguments.of(unkeyedInside, "ds/x/in/a", "slug/kx/in/a"),
                    Arguments.of(file, "ds/x/a.txt", "slug/a-key.txt"),
                    Arguments.of(file, "ds/x/a.txt/b", null),
                    Arguments.of(file, "ds/x/a.txt2", null),
                    Arguments.of(file, "ds/x", null),
                    Arguments.of(file, "ds/x/b.txt", null),
                    Arguments.of(unkeyedFile, "ds/x/a.txt", null),
                    Arguments.of(fileAndFolder, "ds/x/a.txt", "slug/file"),
                    Arguments.of(fileAndFolder, "ds/x/a.txt/b", "slug/folder/a.txt/b"),
                    Arguments.of(oddKeys, "ds/x/a", "slug/kx/a"),
                    Arguments.of(oddKeys, "ds/y/a", null),
                    Arguments.of(oddKeys, "ds/z/a", null),
                    Arguments.of(List.of(keyed("ds/x", ".k"), keyed("ds/y", "ky")), "ds/x", null),
                    Arguments.of(List.of(), "ds/x", null));
        }

        @ParameterizedTest
        @MethodSource("rows")
        void shouldBeToldApartByTheirKeys(List<Root> roots, String path, String expected) throws Exception {
            View view = new View("ws", Optional.of("slug"), roots, View.Permission.READ);

            assertThat(path(project(target(path), view))).isEqualTo(expected);
        }
    }

    @Nested
    class Prefixes {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "a | a",
                    "a/b | a;a/b",
                    "a/b/c | a;a/b;a/b/c",
                    "/a/b/ | a;a/b",
                    "///a// | a",
                    "a//b | a;a//b",
                    "a///b/c | a;a///b;a///b/c",
                    "a b/ü/😀 | a b;a b/ü;a b/ü/😀",
                    "/ | ''",
                    "'' | ''"
                })
        void shouldBeVisitedShortestFirst(String path, String expected) {
            List<String> visited = new ArrayList<>();

            TreeFamily.forEachPrefix(path, visited::add);

            assertThat(String.join(";", visited)).isEqualTo(expected);
        }
    }

    private Optional<JsonNode> project(String event, View view) throws IOException {
        Optional<byte[]> message = family.project(event(event), view);
        return message.isEmpty() ? Optional.empty() : Optional.of(MAPPER.readTree(message.get()));
    }

    private TreeEvent event(String json) {
        try {
            return (TreeEvent) reader.read(EventTopic.TREE, parse(json), json.length());
        } catch (IOException | InvalidEventException e) {
            throw new AssertionError("not a valid event: " + json, e);
        }
    }

    private static String path(Optional<JsonNode> message) {
        return message.map(json -> json.at("/Target/Path").textValue()).orElse(null);
    }

    private static String target(String path) {
        ObjectNode event = MAPPER.createObjectNode();
        event.putObject("Target").put("Path", path);
        return event.toString();
    }

    private static String target(String path, String workspace, String slug, String inside) {
        ObjectNode event = MAPPER.createObjectNode();
        event.putObject("Target")
                .put("Path", path)
                .putArray("AppearsIn")
                .addObject()
                .put("WsUuid", workspace)
                .put("WsSlug", slug)
                .put("Path", inside);
        return event.toString();
    }

    private static String both(String type, String source, String target) {
        ObjectNode event = MAPPER.createObjectNode().put("Type", type);
        event.putObject("Source").put("Path", source);
        event.putObject("Target").put("Path", target);
        return event.toString();
    }

    private static View view(String uuid, String slug, Root... roots) {
        return new View(
                uuid, slug.isEmpty() ? Optional.empty() : Optional.of(slug), List.of(roots), View.Permission.WRITE);
    }

    private static Root folder(String path) {
        return new Root(path, Optional.empty(), false);
    }

    private static Root keyed(String path, String key) {
        return new Root(path, Optional.of(key), false);
    }

    private static Root file(String path, String key) {
        return new Root(path, Optional.of(key), true);
    }

    private static JsonNode parse(String json) throws IOException {
        return MAPPER.readTree(json);
    }
}
