package io.switchboard.dev;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class FolderEventsTest {
    private static final FolderEntry FILE = new FolderEntry("1", 1, false, 5, 1_700_000_000_500_000_000L, "u-1");

    @Test
    void aCreatedFile() {
        assertThat(FolderEvents.toJson(FolderChange.created("d/a.txt", FILE)))
                .isEqualTo(new JsonObject("""
                {"Type":"CREATE","Target":{"Uuid":"u-1","Path":"dev/d/a.txt","Type":"LEAF","Size":"5",
                "MTime":"1700000000","Etag":"%s-5",
                "AppearsIn":[{"WsUuid":"dev-files","WsSlug":"files","Path":"d/a.txt"}]}}""".formatted(Long.toHexString(FILE.modified()))));
    }

    @Test
    void aMoveHasBothEnds() {
        JsonObject event = FolderEvents.toJson(FolderChange.moved("a", FILE, "b", FILE));
        assertThat(event.getString("Type")).isEqualTo("UPDATE_PATH");
        assertThat(event.getJsonObject("Source").getString("Path")).isEqualTo("dev/a");
        assertThat(event.getJsonObject("Target").getString("Path")).isEqualTo("dev/b");
    }

    @Test
    void aDeletedFolderHasASourceOnly() {
        FolderEntry folder = new FolderEntry("1", 1, true, 0, 1, "u-2");
        JsonObject event = FolderEvents.toJson(FolderChange.deleted("d", folder));
        assertThat(event.fieldNames()).containsExactlyInAnyOrder("Type", "Source");
        assertThat(event.getJsonObject("Source").getString("Type")).isEqualTo("COLLECTION");
    }
}
