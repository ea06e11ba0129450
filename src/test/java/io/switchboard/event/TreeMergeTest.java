package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Two changes of one node as one: the rules of the Cells dialect, one by one. */
class TreeMergeTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final EventReader reader = new EventReader(MAPPER);

    private TreeEvent event(String json) throws Exception {
        return (TreeEvent) reader.read(EventTopic.META, MAPPER.readTree(json.replace('\'', '"')), 1000);
    }

    private TreeEvent event(String type, String target) throws Exception {
        return event("{'Type':'" + type + "','Target':" + target + "}");
    }

    /** The target of two updates merged. */
    private Node merged(String earlier, String later) throws Exception {
        return TreeMerge.merge(event("UPDATE_META", earlier), event("UPDATE_META", later))
                .target()
                .orElseThrow();
    }

    private static String text(Node node, String field) {
        JsonNode value = node.other().get(field);
        return value == null ? "" : value.asText();
    }

    private static List<String> workspaces(Node node) {
        return node.appearsIn().stream().map(WorkspaceRelativePath::wsUuid).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "CREATE, CREATE, CREATE",
        "CREATE, UPDATE_CONTENT, CREATE",
        "CREATE, UPDATE_META, CREATE",
        "UPDATE_CONTENT, CREATE, CREATE",
        "UPDATE_CONTENT, UPDATE_CONTENT, UPDATE_CONTENT",
        "UPDATE_CONTENT, UPDATE_META, UPDATE_CONTENT",
        "UPDATE_META, CREATE, CREATE",
        "UPDATE_META, UPDATE_CONTENT, UPDATE_CONTENT",
        "UPDATE_META, UPDATE_META, UPDATE_META"
    })
    void shouldBeWhatTheStrongerIs(TreeEvent.Type earlier, TreeEvent.Type later, TreeEvent.Type expected)
            throws Exception {
        TreeEvent merged = TreeMerge.merge(event(earlier.name(), "{'Uuid':'n'}"), event(later.name(), "{'Uuid':'n'}"));

        assertThat(merged.type()).isEqualTo(expected);
    }

    @Test
    void shouldKeepWhatTheLaterLeavesEmpty() throws Exception {
        Node node = merged(
                "{'Uuid':'n','Path':'ds/a','Type':'LEAF','Size':'7','MTime':'1','Etag':'e','Mode':3,'Tags':['t'],"
                        + "'AppearsIn':[{'WsUuid':'w','Path':'a'}]}",
                "{'Uuid':'n','Type':'UNKNOWN','Etag':'','Tags':[],'AppearsIn':[],'MetaStore':{'k':'1'}}");

        assertThat(node.path()).isEqualTo("ds/a");
        assertThat(workspaces(node)).containsExactly("w");
        assertThat(node.metaStore()).isEqualTo(Map.of("k", "1"));
        assertThat(text(node, "Type")).isEqualTo("LEAF");
        assertThat(text(node, "Size")).isEqualTo("7");
        assertThat(text(node, "MTime")).isEqualTo("1");
        assertThat(text(node, "Etag")).isEqualTo("e");
        assertThat(text(node, "Mode")).isEqualTo("3");
        assertThat(node.other().get("Tags")).hasSize(1);
    }

    @Test
    void shouldTakeWhatTheLaterSays() throws Exception {
        Node node = merged(
                "{'Uuid':'n','Path':'ds/a','Type':'LEAF','Size':'7','Etag':'e'}",
                "{'Uuid':'n','Path':'ds/b','Type':'COLLECTION','Size':'0','Etag':'f','New':true}");

        assertThat(node.path()).isEqualTo("ds/b");
        assertThat(text(node, "Type")).isEqualTo("COLLECTION");
        assertThat(text(node, "Size")).isEqualTo("0");
        assertThat(text(node, "Etag")).isEqualTo("f");
        assertThat(text(node, "New")).isEqualTo("true");
    }

    @Test
    void shouldMergeMetadataKeyByKey() throws Exception {
        Node node = merged(
                "{'Uuid':'n','MetaStore':{'a':'1','b':'1','pydio:x':'1'}}",
                "{'Uuid':'n','MetaStore':{'b':'2','c':'2','pydio:x':'2'}}");

        assertThat(node.metaStore()).isEqualTo(Map.of("a", "1", "b", "2", "c", "2", "pydio:x", "2"));
    }

    @ParameterizedTest
    @CsvSource({
        "real, temporary, real",
        "real, other, other",
        "temporary, real, real",
        "temporary, temporary, temporary",
        "'', temporary, temporary",
        "'', real, real",
        "real, '', real"
    })
    void shouldNeverOverwriteARealEtagWithATemporaryOne(String earlier, String later, String expected)
            throws Exception {
        assertThat(text(merged("{'Etag':'" + earlier + "'}", "{'Etag':'" + later + "'}"), "Etag"))
                .isEqualTo(expected);
    }

    /** Which of the two places is told: the later path, the later workspaces. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // what says nothing changes nothing
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'MetaStore':{} | ds/a | w1",
                // the later place as a whole
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'Path':'ds/b','AppearsIn':[{'WsUuid':'w2','Path':'b'}] | ds/b | w2",
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1'},{'WsUuid':'w2'}] | 'Path':'ds/a','AppearsIn':[{'WsUuid':'w2'}] | ds/a | w2",
                // moved, and only the path says so: the former workspaces are not told
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'Path':'ds/b' | ds/b | -",
                // moved, and only the workspaces say so: those with a root above the former path are not told
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'AppearsIn':[{'WsUuid':'w2','Path':'b'}] | - | w2",
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'AppearsIn':[{'WsUuid':'w1','Path':'b'}] | - | w1",
                "'Path':'ds/a' | 'AppearsIn':[{'WsUuid':'w1','Path':'b'}] | - | w1",
                // not moved
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'Path':'/ds/a/' | /ds/a/ | w1",
                "'Path':'ds/a','AppearsIn':[{'WsUuid':'w1','Path':'a'}] | 'AppearsIn':[{'WsUuid':'w1','WsSlug':'s','Path':'/a'}] | ds/a | w1"
            })
    void shouldNeverPairOnePlaceWithAnother(String earlier, String later, String path, String workspace)
            throws Exception {
        Node node = merged("{'Uuid':'n'," + earlier + "}", "{'Uuid':'n'," + later + "}");

        assertThat(node.path().isEmpty() ? "-" : node.path()).isEqualTo(path);
        assertThat(String.join(" ", workspaces(node))).isEqualTo(workspace.equals("-") ? "" : workspace);
    }

    @Test
    void shouldTellOfWhatWasBeforeTheFirstChange() throws Exception {
        TreeEvent first = event("{'Type':'UPDATE_CONTENT','Source':{'Etag':'1'},'Target':{'Etag':'2'}}");
        TreeEvent second = event("{'Type':'UPDATE_META','Source':{'Etag':'2'},'Target':{'Etag':'3'}}");
        TreeEvent created = event("CREATE", "{'Etag':'2'}");

        assertThat(TreeMerge.merge(first, second).source())
                .hasValueSatisfying(node -> assertThat(text(node, "Etag")).isEqualTo("1"));
        assertThat(TreeMerge.merge(event("UPDATE_META", "{}"), second).source()).isPresent();
        assertThat(TreeMerge.merge(created, second).source())
                .as("before a creation")
                .isEmpty();
    }

    @Test
    void shouldBeSilentOnlyIfBothAre() throws Exception {
        TreeEvent silent = event("{'Target':{},'Silent':true}");
        TreeEvent loud = event("{'Target':{}}");

        assertThat(TreeMerge.merge(silent, silent).silent()).isTrue();
        assertThat(TreeMerge.merge(silent, loud).silent()).isFalse();
        assertThat(TreeMerge.merge(loud, silent).silent()).isFalse();
    }

    @Test
    void shouldWeighWhatIsKeptAndNotWhatWasReplaced() throws Exception {
        TreeEvent event =
                event("UPDATE_META", "{'Uuid':'n','MetaStore':{'a':'" + "x".repeat(1000) + "'},'X':[{'y':'zzz'}]}");
        TreeEvent merged = event;
        for (int i = 0; i < 10; i++) {
            merged = TreeMerge.merge(merged, event);
        }

        assertThat(merged.weight()).isBetween(1000, 1500);
        assertThat(TreeMerge.merge(event, event("UPDATE_META", "{'MetaStore':{'b':'" + "x".repeat(1000) + "'}}"))
                        .weight())
                .isBetween(2000, 2500);
    }

    @Test
    void shouldContinueWhatWasDelivered() throws Exception {
        TreeEvent continued = TreeMerge.continued(
                event("CREATE", "{'Uuid':'n','Path':'ds/a','Size':'1'}"),
                event("UPDATE_META", "{'Uuid':'n','Size':'2'}"));

        assertThat(continued.type()).isEqualTo(TreeEvent.Type.UPDATE_META);
        assertThat(continued.target().orElseThrow().path()).isEqualTo("ds/a");
        assertThat(text(continued.target().orElseThrow(), "Size")).isEqualTo("2");
    }

    @Test
    void shouldTakeOnlyWhatEverybodyMaySeeFromANodeThatWasLookedUp() throws Exception {
        Node known = event(
                        "CREATE",
                        "{'Uuid':'n','Path':'ds/a','Size':'1','Etag':'e','Secret':'s',"
                                + "'MetaStore':{'bookmark':'1'},'AppearsIn':[{'WsUuid':'w','Path':'a'}]}")
                .target()
                .orElseThrow();

        TreeEvent placed =
                TreeMerge.placed(event("UPDATE_META", "{'Uuid':'n','Size':'2','MetaStore':{'k':'1'}}"), known);
        Node node = placed.target().orElseThrow();

        assertThat(placed.type()).isEqualTo(TreeEvent.Type.UPDATE_META);
        assertThat(node.path()).isEqualTo("ds/a");
        assertThat(workspaces(node)).containsExactly("w");
        assertThat(node.metaStore()).isEqualTo(Map.of("k", "1"));
        assertThat(text(node, "Size")).isEqualTo("2");
        assertThat(text(node, "Etag")).isEqualTo("e");
        assertThat(node.other()).doesNotContainKey("Secret");
    }
}
