package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file or folder as an event describes it.
 *
 * @param uuid may be empty
 * @param path absolute path, datasource first; may be empty where {@code appearsIn} says where it is
 * @param metaStore metadata: key to JSON-encoded string
 * @param appearsIn the workspaces in which the node shows
 * @param other every other field (Type, Size, MTime, Etag and unknown ones), passed on as it came
 */
public record Node(
        String uuid,
        String path,
        Map<String, String> metaStore,
        List<WorkspaceRelativePath> appearsIn,
        Map<String, JsonNode> other) {
    public Node {
        requireNonNull(uuid, "uuid");
        requireNonNull(path, "path");
        metaStore = Collections.unmodifiableMap(new LinkedHashMap<>(metaStore));
        appearsIn = List.copyOf(appearsIn);
        other = Collections.unmodifiableMap(new LinkedHashMap<>(other));
    }

    /** Whether anything says where the node is. */
    boolean hasPlace() {
        return !path.isEmpty() || !appearsIn.isEmpty();
    }

    /**
     * Where a node shows in one workspace.
     *
     * @param wsUuid the workspace
     * @param wsSlug its name in paths; may be empty
     * @param path the path inside the workspace
     */
    public record WorkspaceRelativePath(String wsUuid, String wsSlug, String path) {
        public WorkspaceRelativePath {
            requireNonNull(wsUuid, "wsUuid");
            requireNonNull(wsSlug, "wsSlug");
            requireNonNull(path, "path");
        }
    }
}
