package io.switchboard.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says what a tree or meta event looks like from inside a workspace, if it can be seen there at all. A pure function of
 * event and view: may be called on any thread, never blocks, and where the view does not see the event it ends before
 * anything is written. Whatever is in doubt is not visible.
 *
 * <p>Cells dialect: the message has {@code Type} (left out for {@code CREATE}), {@code Source} and {@code Target} and
 * nothing else; a node's {@code Path} is {@code <workspace slug>/<path inside>}, and its metadata names the workspace.
 * {@code UPDATE_USER_META} loses its source here; who may read it is for {@link MetaPolicies} to say.
 */
public final class TreeFamily {
    private static final String INTERNAL_META_PREFIX = "pydio:";
    private static final String WORKSPACE_META = "EventWorkspaceId";

    // A mapper of its own: what the browsers receive must not change with the settings of the application's mapper.
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
            .build();

    /** Bytes to begin with; a message with the usual metadata fits. */
    private static final int INITIAL_BYTES = 1024;

    /**
     * The message that a client of this view receives.
     *
     * @return UTF-8 JSON, the caller's to keep; empty when the view must not see the event
     */
    public Optional<byte[]> project(TreeEvent event, View view) {
        return switch (event.type()) {
            case READ -> Optional.empty();
            case UPDATE_USER_META -> {
                Optional<Placed> target = place(event.target(), view);
                yield target.isEmpty()
                        ? Optional.empty()
                        : Optional.of(render(event.type(), Optional.empty(), target, view));
            }
            // The client acts on the node that the type is about. The other one alone would tell it nothing, and
            // without Type and Target it would not even recognise the event.
            case CREATE, UPDATE_CONTENT, UPDATE_META -> {
                Optional<Placed> target = place(event.target(), view);
                yield target.isEmpty()
                        ? Optional.empty()
                        : Optional.of(render(event.type(), place(event.source(), view), target, view));
            }
            case DELETE -> {
                Optional<Placed> source = place(event.source(), view);
                yield source.isEmpty()
                        ? Optional.empty()
                        : Optional.of(render(TreeEvent.Type.DELETE, source, place(event.target(), view), view));
            }
            case UPDATE_PATH -> {
                Optional<Placed> source = place(event.source(), view);
                Optional<Placed> target = place(event.target(), view);
                if (source.isEmpty() && target.isEmpty()) {
                    yield Optional.empty();
                }
                // What comes in from elsewhere appears, what leaves disappears: the other end is not the view's to
                // know.
                TreeEvent.Type type = source.isEmpty()
                        ? TreeEvent.Type.CREATE
                        : target.isEmpty() ? TreeEvent.Type.DELETE : TreeEvent.Type.UPDATE_PATH;
                yield Optional.of(render(type, source, target, view));
            }
        };
    }

    /**
     * Visits every prefix by segments of an absolute path, the shortest first: {@code a}, {@code a/b}, {@code a/b/c}.
     * Slashes at either end count for nothing, as in {@link View.Root}. Every root under which {@link #project} can find
     * a node of this path is among the prefixes.
     */
    public static void forEachPrefix(String path, Consumer<String> visitor) {
        String trimmed = View.Root.trimSlashes(path);
        if (trimmed.isEmpty()) {
            return;
        }
        for (int slash = trimmed.indexOf('/'); slash >= 0; slash = trimmed.indexOf('/', slash + 1)) {
            // After an empty segment the prefix would end with a slash, which no root does.
            if (trimmed.charAt(slash - 1) != '/') {
                visitor.accept(trimmed.substring(0, slash));
            }
        }
        visitor.accept(trimmed);
    }

    /**
     * A node that the view sees.
     *
     * @param inner the path inside the workspace, without leading or trailing slash; empty: the workspace's root folder
     * @param wsSlug the slug that the event gives for the workspace; may be empty
     */
    private record Placed(Node node, String inner, String wsSlug) {}

    private static Optional<Placed> place(Optional<Node> candidate, View view) {
        if (candidate.isEmpty()) {
            return Optional.empty();
        }
        Node node = candidate.get();
        String path = View.Root.trimSlashes(node.path());
        for (WorkspaceRelativePath place : node.appearsIn()) {
            if (place.wsUuid().equals(view.uuid())) {
                return visible(node, path, View.Root.trimSlashes(place.path()), place.wsSlug());
            }
        }
        boolean keyed = view.roots().size() > 1;
        View.Root best = null;
        for (View.Root root : view.roots()) {
            if (contains(root, path)
                    && (best == null || root.path().length() > best.path().length())
                    && (!(keyed || root.file()) || !key(root).isEmpty())) {
                best = root;
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        String rest = View.Root.trimSlashes(path.substring(best.path().length()));
        if (!keyed && !best.file()) {
            return visible(node, path, rest, "");
        }
        String key = key(best);
        return visible(node, path, rest.isEmpty() ? key : key + '/' + rest, "");
    }

    private static Optional<Placed> visible(Node node, String path, String inner, String wsSlug) {
        return isHidden(path) || isHidden(inner) || climbs(path) || climbs(inner)
                ? Optional.empty()
                : Optional.of(new Placed(node, inner, wsSlug));
    }

    /** Whether the path is the root or, segment by segment, below it. */
    private static boolean contains(View.Root root, String path) {
        String prefix = root.path();
        if (!path.startsWith(prefix)) {
            return false;
        }
        return path.length() == prefix.length() || (!root.file() && path.charAt(prefix.length()) == '/');
    }

    /** The root's key; empty where it has none, and then nothing can be shown where the view needs keys. */
    private static String key(View.Root root) {
        return root.key().isEmpty() ? "" : View.Root.trimSlashes(root.key().get());
    }

    private static boolean isHidden(String path) {
        int last = path.lastIndexOf('/') + 1;
        return last < path.length() && path.charAt(last) == '.';
    }

    /**
     * Whether a segment is {@code ..}. Such a path may lie elsewhere than its prefix says, above all outside the root,
     * and no service has a reason to send one; so it is in no workspace, rather than resolved to be in some. A segment
     * that is {@code .} or empty never leads out of the folder before it, and matches no root that is written otherwise.
     */
    private static boolean climbs(String path) {
        for (int at = path.indexOf(".."); at >= 0; at = path.indexOf("..", at + 1)) {
            boolean begins = at == 0 || path.charAt(at - 1) == '/';
            boolean ends = at + 2 == path.length() || path.charAt(at + 2) == '/';
            if (begins && ends) {
                return true;
            }
        }
        return false;
    }

    private static byte[] render(TreeEvent.Type type, Optional<Placed> source, Optional<Placed> target, View view) {
        String slug = slug(source, target, view);
        String workspace = jsonEncoded(view.uuid());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(INITIAL_BYTES);
        try (JsonGenerator json = MAPPER.createGenerator(bytes)) {
            json.writeStartObject();
            if (type != TreeEvent.Type.CREATE) {
                json.writeStringField("Type", type.name());
            }
            if (source.isPresent()) {
                json.writeFieldName("Source");
                write(json, source.get(), slug, workspace);
            }
            if (target.isPresent()) {
                json.writeFieldName("Target");
                write(json, target.get(), slug, workspace);
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, Placed placed, String slug, String workspace) throws IOException {
        Node node = placed.node();
        json.writeStartObject();
        if (!node.uuid().isEmpty()) {
            json.writeStringField("Uuid", node.uuid());
        }
        json.writeStringField("Path", slug + '/' + placed.inner());
        for (Map.Entry<String, JsonNode> field : node.other().entrySet()) {
            json.writeFieldName(field.getKey());
            if (field.getValue().isTextual()) {
                json.writeString(field.getValue().textValue());
            } else {
                json.writeTree(field.getValue());
            }
        }
        json.writeObjectFieldStart("MetaStore");
        for (Map.Entry<String, String> meta : node.metaStore().entrySet()) {
            String key = meta.getKey();
            if (!key.startsWith(INTERNAL_META_PREFIX) && !key.equals(WORKSPACE_META)) {
                json.writeStringField(key, meta.getValue());
            }
        }
        json.writeStringField(WORKSPACE_META, workspace);
        json.writeEndObject();
        json.writeEndObject();
    }

    /**
     * One slug for the whole message: the client cuts the same number of characters from both paths, even where only
     * one of the nodes came with the workspace's slug.
     */
    private static String slug(Optional<Placed> source, Optional<Placed> target, View view) {
        if (view.slug().isPresent() && !view.slug().get().isEmpty()) {
            return view.slug().get();
        }
        if (target.isPresent() && !target.get().wsSlug().isEmpty()) {
            return target.get().wsSlug();
        }
        if (source.isPresent() && !source.get().wsSlug().isEmpty()) {
            return source.get().wsSlug();
        }
        return view.uuid();
    }

    /** The text as a JSON string, quotes included: the client runs a JSON parser on every metadata value. */
    private static String jsonEncoded(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 2).append('"');
        JsonStringEncoder.getInstance().quoteAsString(text, encoded);
        return encoded.append('"').toString();
    }
}
