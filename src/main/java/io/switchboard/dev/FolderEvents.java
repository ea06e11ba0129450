package io.switchboard.dev;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/** Writes a change as the event that the internal service of a real deployment would publish. */
final class FolderEvents {
    /** First segment of every path. */
    static final String DATASOURCE = "dev";

    /** The workspace that shows the folder; who holds it sees what happens there. */
    static final String WORKSPACE_UUID = "dev-files";

    static final String WORKSPACE_SLUG = "files";

    private FolderEvents() {}

    static JsonObject toJson(FolderChange change) {
        JsonObject event = new JsonObject().put("Type", change.type().name());
        change.source().ifPresent(place -> event.put("Source", node(place)));
        change.target().ifPresent(place -> event.put("Target", node(place)));
        return event;
    }

    private static JsonObject node(FolderChange.Place place) {
        FolderEntry entry = place.entry();
        return new JsonObject()
                .put("Uuid", entry.uuid())
                .put("Path", DATASOURCE + "/" + place.path())
                .put("Type", entry.folder() ? "COLLECTION" : "LEAF")
                // int64 travels as a string
                .put("Size", Long.toString(entry.size()))
                .put("MTime", Long.toString(TimeUnit.NANOSECONDS.toSeconds(entry.modified())))
                .put("Etag", etag(entry))
                .put(
                        "AppearsIn",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("WsUuid", WORKSPACE_UUID)
                                        .put("WsSlug", WORKSPACE_SLUG)
                                        .put("Path", place.path())));
    }

    /** Changes whenever the content may have changed; the content itself is not read. */
    private static String etag(FolderEntry entry) {
        return entry.folder() ? "-1" : Long.toHexString(entry.modified()) + "-" + Long.toHexString(entry.size());
    }
}
