package io.switchboard.event;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes one event of two changes of one node. Pure, any thread.
 *
 * <p>Cells dialect: a field that the later event leaves empty keeps its earlier value, metadata is merged key by key, and an
 * Etag {@code temporary} never overwrites a real one. Where the node is, is one field: were the path of one event paired
 * with the workspaces of another, those who see the one place would be told of the other.
 */
final class TreeMerge {
    private static final String ETAG = "Etag";
    private static final String TEMPORARY = "temporary";

    /** What an event takes from a node that was looked up, if it leaves it out; metadata is not for everyone to see. */
    private static final List<String> LOOKED_UP = List.of("Type", "Size", "MTime", ETAG);

    /** What the objects around a node's text take, in bytes. */
    private static final int OVERHEAD = 64;

    private TreeMerge() {}

    /** The two as one event: a creation if either is one, else new content if either has it, else what the later is. */
    static TreeEvent merge(TreeEvent earlier, TreeEvent later) {
        TreeEvent.Type type = later.type();
        for (TreeEvent.Type strong : List.of(TreeEvent.Type.UPDATE_CONTENT, TreeEvent.Type.CREATE)) {
            if (earlier.type() == strong || later.type() == strong) {
                type = strong;
            }
        }
        return merge(type, earlier, later);
    }

    /** The later event, with what it leaves empty from the earlier one, which was delivered already. */
    static TreeEvent continued(TreeEvent earlier, TreeEvent later) {
        return merge(later.type(), earlier, later);
    }

    private static TreeEvent merge(TreeEvent.Type type, TreeEvent earlier, TreeEvent later) {
        // Before a creation there was nothing; else what was there before the first of the changes.
        Optional<Node> source = type == TreeEvent.Type.CREATE
                ? Optional.empty()
                : earlier.source().or(later::source);
        Optional<Node> target =
                Optional.of(merge(earlier.target().orElseThrow(), later.target().orElseThrow()));
        return new TreeEvent(
                later.topic(),
                type,
                source,
                target,
                false,
                earlier.silent() && later.silent(),
                weight(source) + weight(target));
    }

    private static Node merge(Node earlier, Node later) {
        String path = later.path();
        List<WorkspaceRelativePath> appearsIn = later.appearsIn();
        if (!later.hasPlace()) {
            path = earlier.path();
            appearsIn = earlier.appearsIn();
        } else if (appearsIn.isEmpty()) {
            appearsIn = TreePlaces.samePath(earlier, later) ? earlier.appearsIn() : List.of();
        } else if (path.isEmpty()) {
            path = TreePlaces.sameWorkspaces(earlier, later) ? earlier.path() : "";
        }
        Map<String, String> metaStore = new LinkedHashMap<>(earlier.metaStore());
        metaStore.putAll(later.metaStore());
        Map<String, JsonNode> other = new LinkedHashMap<>(earlier.other());
        later.other().forEach((name, value) -> {
            boolean keeps = isEmpty(name, value) || (name.equals(ETAG) && isTemporary(value));
            if (!keeps || isMissing(name, other.get(name))) {
                other.put(name, value);
            }
        });
        return new Node(later.uuid().isEmpty() ? earlier.uuid() : later.uuid(), path, metaStore, appearsIn, other);
    }

    private static boolean isMissing(String name, JsonNode value) {
        return value == null || isEmpty(name, value);
    }

    /** Whether the value is what the wire leaves out, as far as it can be told from one that is meant. */
    private static boolean isEmpty(String name, JsonNode value) {
        if (value.isTextual()) {
            return value.textValue().isEmpty()
                    || (name.equals("Type") && value.textValue().equals("UNKNOWN"));
        }
        return value.isContainerNode() && value.isEmpty();
    }

    private static boolean isTemporary(JsonNode etag) {
        return etag.asText().equals(TEMPORARY);
    }

    /** The event with the place of a node that is known to be the same one. */
    static TreeEvent placed(TreeEvent event, Node known) {
        Node target = event.target().orElseThrow();
        Map<String, JsonNode> other = new LinkedHashMap<>(target.other());
        for (String name : LOOKED_UP) {
            JsonNode value = known.other().get(name);
            if (value != null && isMissing(name, other.get(name))) {
                other.put(name, value);
            }
        }
        Node placed = new Node(target.uuid(), known.path(), target.metaStore(), known.appearsIn(), other);
        return new TreeEvent(
                event.topic(),
                event.type(),
                event.source(),
                Optional.of(placed),
                event.optimistic(),
                event.silent(),
                event.weight());
    }

    private static int weight(Optional<Node> node) {
        return node.isEmpty() ? 0 : weight(node.get());
    }

    private static int weight(Node node) {
        long bytes = OVERHEAD;
        bytes += node.uuid().length();
        bytes += node.path().length();
        for (Map.Entry<String, String> meta : node.metaStore().entrySet()) {
            bytes += meta.getKey().length() + meta.getValue().length();
        }
        for (WorkspaceRelativePath place : node.appearsIn()) {
            bytes += place.wsUuid().length()
                    + place.wsSlug().length()
                    + place.path().length();
        }
        for (Map.Entry<String, JsonNode> field : node.other().entrySet()) {
            bytes += field.getKey().length() + weight(field.getValue());
        }
        return (int) Math.min(Integer.MAX_VALUE / 2, bytes);
    }

    private static long weight(JsonNode json) {
        if (!json.isContainerNode()) {
            return json.isTextual() ? json.textValue().length() : Long.BYTES;
        }
        long bytes = Long.BYTES;
        for (Map.Entry<String, JsonNode> property : json.properties()) {
            bytes += property.getKey().length() + weight(property.getValue());
        }
        if (json.isArray()) {
            for (JsonNode element : json) {
                bytes += weight(element);
            }
        }
        return bytes;
    }
}
