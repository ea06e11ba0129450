package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.JsonPathException;
import com.jayway.jsonpath.Option;
import com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider;
import com.jayway.jsonpath.spi.mapper.JacksonMappingProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which documents a watch is told of: what its client gave as {@code aggregates}. What clients may write takes no more time than the
 * document is long, since it is asked for each event. Immutable, any thread.
 */
final class DocumentFilter {
    /** Of the whole filter. */
    private static final int LONGEST = 4096;

    /** Paths and conditions. */
    private static final int MOST = 32;

    private static final int DEEPEST = 16;

    /** What looks at every place of a document, at texts by patterns, or calls something. */
    private static final Pattern COSTLY = Pattern.compile("\\.\\.|=~|[^?\\s(&|!]\\s*\\(");

    private static final String HOW = "send aggregates as a list of JSONPaths without '..', '=~' and functions, or of"
            + " {\"$match\":…} with equality, $in, $and, $or and $exists";

    private static final Configuration PATHS = Configuration.builder()
            .jsonProvider(new JacksonJsonNodeJsonProvider())
            .mappingProvider(new JacksonMappingProvider())
            .options(Option.SUPPRESS_EXCEPTIONS, Option.ALWAYS_RETURN_LIST)
            .build();

    /** Every document. */
    static final DocumentFilter ALL = new DocumentFilter(List.of(), List.of());

    /** A condition on a document. */
    private sealed interface Condition {
        boolean matches(JsonNode document);

        record And(List<Condition> all) implements Condition {
            @Override
            public boolean matches(JsonNode document) {
                return all.stream().allMatch(one -> one.matches(document));
            }
        }

        record Or(List<Condition> any) implements Condition {
            @Override
            public boolean matches(JsonNode document) {
                return any.stream().anyMatch(one -> one.matches(document));
            }
        }

        /** A field that has one of these values; an array does that has one among its own, as in MongoDB. */
        record OneOf(List<String> path, List<JsonNode> values) implements Condition {
            @Override
            public boolean matches(JsonNode document) {
                JsonNode found = at(document, path);
                for (JsonNode value : values) {
                    if (same(found, value)) {
                        return true;
                    }
                    if (found.isArray() && !value.isArray()) {
                        for (JsonNode element : found) {
                            if (same(element, value)) {
                                return true;
                            }
                        }
                    }
                }
                return false;
            }
        }

        record Exists(List<String> path, boolean there) implements Condition {
            @Override
            public boolean matches(JsonNode document) {
                return at(document, path).isMissingNode() != there;
            }
        }
    }

    private final List<JsonPath> paths;
    private final List<Condition> conditions;

    private DocumentFilter(List<JsonPath> paths, List<Condition> conditions) {
        this.paths = List.copyOf(paths);
        this.conditions = List.copyOf(conditions);
    }

    /**
     * What a client means.
     *
     * @param aggregates an array, or a string that holds one; null or empty: every document
     * @throws IllegalArgumentException it is none of that, and what to send instead
     */
    static DocumentFilter of(ObjectMapper mapper, JsonNode aggregates) {
        JsonNode list = aggregates;
        if (list.isTextual() && !list.textValue().isBlank()) {
            if (list.textValue().length() > LONGEST) {
                throw new IllegalArgumentException("send aggregates of at most " + LONGEST + " characters");
            }
            try {
                list = mapper.readTree(list.textValue());
            } catch (JsonProcessingException | NumberFormatException _) {
                throw new IllegalArgumentException(HOW);
            }
        }
        if (list.isMissingNode()
                || list.isNull()
                || (list.isTextual() && list.textValue().isBlank())) {
            return ALL;
        }
        if (!list.isArray() || list.size() > MOST) {
            throw new IllegalArgumentException(HOW);
        }
        if (list.toString().length() > LONGEST) {
            throw new IllegalArgumentException("send aggregates of at most " + LONGEST + " characters");
        }
        List<JsonPath> paths = new ArrayList<>();
        List<Condition> conditions = new ArrayList<>();
        for (JsonNode entry : list) {
            if (entry.isTextual()) {
                path(entry.textValue()).ifPresent(paths::add);
                if (isEverything(entry.textValue())) {
                    return ALL;
                }
            } else if (entry.isObject()
                    && entry.size() == 1
                    && entry.path("$match").isObject()) {
                conditions.add(condition(entry.get("$match"), 0));
            } else {
                throw new IllegalArgumentException(HOW);
            }
        }
        return new DocumentFilter(paths, conditions);
    }

    /** As Node-RED writes it. */
    private static boolean isEverything(String path) {
        return path.strip().equals("$.") || path.strip().equals("$");
    }

    /**
     * OpenRPA writes {@code $.[?(…)]}, with a dot that says nothing. A filter is asked of each child, as by the original's library; that
     * of an object is asked of the object itself by ours.
     */
    private static Optional<JsonPath> path(String text) {
        if (isEverything(text)) {
            return Optional.empty();
        }
        String path = text.strip();
        if (path.length() > LONGEST
                || !path.startsWith("$")
                || COSTLY.matcher(path).find()) {
            throw new IllegalArgumentException(HOW);
        }
        try {
            return Optional.of(
                    JsonPath.compile(path.replaceFirst("^\\$\\.\\[", "\\$[").replace("[?(", ".*[?(")));
        } catch (InvalidPathException | IllegalArgumentException _) {
            throw new IllegalArgumentException(HOW);
        }
    }

    private static Condition condition(JsonNode match, int depth) {
        if (!match.isObject() || depth > DEEPEST) {
            throw new IllegalArgumentException(HOW);
        }
        List<Condition> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : match.properties()) {
            switch (field.getKey()) {
                case "$and" -> all.add(new Condition.And(conditions(field.getValue(), depth)));
                case "$or" -> all.add(new Condition.Or(conditions(field.getValue(), depth)));
                default -> all.addAll(ofField(field.getKey(), field.getValue()));
            }
        }
        return new Condition.And(all);
    }

    private static List<Condition> conditions(JsonNode list, int depth) {
        if (!list.isArray() || list.isEmpty() || list.size() > MOST) {
            throw new IllegalArgumentException(HOW);
        }
        List<Condition> conditions = new ArrayList<>();
        list.forEach(one -> conditions.add(condition(one, depth + 1)));
        return conditions;
    }

    private static List<Condition> ofField(String name, JsonNode wanted) {
        String bare = name.startsWith("fullDocument.") ? name.substring("fullDocument.".length()) : name;
        if (bare.isEmpty() || bare.startsWith("$")) {
            throw new IllegalArgumentException(HOW);
        }
        List<String> path = List.of(bare.split("\\.", -1));
        boolean operators = wanted.isObject()
                && wanted.properties().stream().anyMatch(one -> one.getKey().startsWith("$"));
        if (!operators) {
            return List.of(new Condition.OneOf(path, List.of(wanted)));
        }
        List<Condition> conditions = new ArrayList<>();
        for (Map.Entry<String, JsonNode> operator : wanted.properties()) {
            JsonNode value = operator.getValue();
            switch (operator.getKey()) {
                case "$in" -> {
                    if (!value.isArray()) {
                        throw new IllegalArgumentException(HOW);
                    }
                    List<JsonNode> values = new ArrayList<>();
                    value.forEach(values::add);
                    conditions.add(new Condition.OneOf(path, values));
                }
                case "$exists" -> conditions.add(new Condition.Exists(path, value.asBoolean(true)));
                case "$eq" -> conditions.add(new Condition.OneOf(path, List.of(value)));
                default -> throw new IllegalArgumentException(HOW);
            }
        }
        return conditions;
    }

    private static JsonNode at(JsonNode document, List<String> path) {
        JsonNode found = document;
        for (String name : path) {
            found = found.path(name);
        }
        return found;
    }

    /** Numbers by their value; what is missing is null, as in MongoDB. */
    private static boolean same(JsonNode found, JsonNode value) {
        if (found.isNumber() && value.isNumber()) {
            return found.decimalValue().compareTo(value.decimalValue()) == 0;
        }
        if (value.isNull()) {
            return found.isNull() || found.isMissingNode();
        }
        return found.equals(value);
    }

    /** Whether there is nothing to ask. */
    boolean isAll() {
        return paths.isEmpty() && conditions.isEmpty();
    }

    /** Whether the watch is told of a document. One path that hits is enough; of the conditions all count. */
    boolean matches(JsonNode document) {
        requireNonNull(document, "document");
        if (!conditions.stream().allMatch(condition -> condition.matches(document))) {
            return false;
        }
        if (paths.isEmpty()) {
            return true;
        }
        JsonNode root = JsonNodeFactory.instance.objectNode().set("a", document);
        for (JsonPath path : paths) {
            if (hits(path, root)) {
                return true;
            }
        }
        return false;
    }

    private static boolean hits(JsonPath path, JsonNode root) {
        try {
            Object found = path.read(root, PATHS);
            return found instanceof JsonNode list && list.isArray() && !list.isEmpty();
        } catch (JsonPathException | IllegalArgumentException | ClassCastException _) {
            return false;
        }
    }
}
