package io.switchboard.event;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.util.HashSet;
import java.util.Set;

/** Compares where nodes are. Pure, any thread. */
final class TreePlaces {
    private TreePlaces() {}

    /** Whether both have the same absolute path. */
    static boolean samePath(Node one, Node other) {
        return trimmed(one).equals(trimmed(other));
    }

    /** Whether both show in the same workspaces, at the same paths. */
    static boolean sameWorkspaces(Node one, Node other) {
        return places(one).equals(places(other));
    }

    /** Whether the node is known to be a file, so that nothing can be in it. */
    static boolean isFile(Node node) {
        JsonNode type = node.other().get("Type");
        return type != null && type.asText().equals("LEAF");
    }

    /** Whether the node is anywhere in the folder, by its absolute path or inside a workspace. */
    static boolean isBelow(Node node, Node folder) {
        if (isBelow(trimmed(node), trimmed(folder))) {
            return true;
        }
        for (WorkspaceRelativePath outer : folder.appearsIn()) {
            for (WorkspaceRelativePath inner : node.appearsIn()) {
                if (inner.wsUuid().equals(outer.wsUuid())
                        && isBelow(View.Root.trimSlashes(inner.path()), View.Root.trimSlashes(outer.path()))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isBelow(String path, String folder) {
        return !folder.isEmpty()
                && path.length() > folder.length()
                && path.charAt(folder.length()) == '/'
                && path.startsWith(folder);
    }

    private static String trimmed(Node node) {
        return View.Root.trimSlashes(node.path());
    }

    private record Place(String workspace, String path) {}

    private static Set<Place> places(Node node) {
        Set<Place> places = new HashSet<>();
        for (WorkspaceRelativePath place : node.appearsIn()) {
            places.add(new Place(place.wsUuid(), View.Root.trimSlashes(place.path())));
        }
        return places;
    }
}
