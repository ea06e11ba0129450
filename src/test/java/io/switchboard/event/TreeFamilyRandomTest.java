package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Projects random events into random views and compares with a second, naive reading of the rules that knows paths only
 * as lists of segments. A failure names its seed: {@code -Dswitchboard.test.seed=…} shows it again.
 */
class TreeFamilyRandomTest {
    private static final long SEED = Long.getLong("switchboard.test.seed", System.nanoTime());
    private static final int ROUNDS = 50_000;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Few and alike, so that paths and roots meet often, and nearly meet even more often. */
    private static final List<String> NAMES = List.of("a", "a", "b", "b", "ab", "a.b", ".a", ".", "..", "", "A", "é");

    private static final List<String> WORKSPACES = List.of("w", "w1", "ww");

    private final TreeFamily family = new TreeFamily();

    @Test
    void shouldShowExactlyWhatANaiveReadingOfTheRulesShows() throws Exception {
        Random random = new Random(SEED);
        int delivered = 0;
        for (int round = 0; round < ROUNDS; round++) {
            TreeEvent event = event(random);
            View view = view(random);
            Optional<byte[]> message = family.project(event, view);
            Optional<List<String>> source = event.source().flatMap(node -> inside(node, view));
            Optional<List<String>> target = event.target().flatMap(node -> inside(node, view));
            boolean expected = switch (event.type()) {
                case READ -> false;
                case CREATE, UPDATE_CONTENT, UPDATE_META, UPDATE_USER_META -> target.isPresent();
                case DELETE -> source.isPresent();
                case UPDATE_PATH -> source.isPresent() || target.isPresent();
            };
            String what = "seed %d, round %d: %s in %s".formatted(SEED, round, event, view);

            assertThat(message.isPresent()).as(what).isEqualTo(expected);
            if (message.isPresent()) {
                delivered++;
                JsonNode json = MAPPER.readTree(message.get());
                boolean userMeta = event.type() == TreeEvent.Type.UPDATE_USER_META;
                check(json.path("Source"), userMeta ? Optional.empty() : source, what);
                check(json.path("Target"), target, what);
            }
        }
        assertThat(delivered)
                .as("messages of seed %d; with hardly any, the test says nothing", SEED)
                .isGreaterThan(ROUNDS / 50);
    }

    @Test
    void shouldVisitEveryRootUnderWhichANodeIsFound() {
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            Node node = new Node("u", path(random), Map.of(), List.of(), Map.of());
            View view = view(random);
            if (inside(node, view).isPresent()) {
                List<String> visited = new ArrayList<>();
                TreeFamily.forEachPrefix(node.path(), visited::add);

                assertThat(view.roots().stream().map(View.Root::path))
                        .as("seed %d, round %d: %s in %s", SEED, round, node, view)
                        .anyMatch(visited::contains);
            }
        }
    }

    private static void check(JsonNode sent, Optional<List<String>> inside, String what) {
        assertThat(sent.isObject()).as(what).isEqualTo(inside.isPresent());
        if (inside.isPresent()) {
            assertThat(sent.path("Path").textValue()).as(what).isEqualTo("slug/" + String.join("/", inside.get()));
        }
    }

    /** The path inside the workspace by the naive reading; empty where the node is not visible. */
    private static Optional<List<String>> inside(Node node, View view) {
        List<String> path = segments(node.path());
        Optional<List<String>> found = node.appearsIn().stream()
                .filter(entry -> entry.wsUuid().equals(view.uuid()))
                .findFirst()
                .map(entry -> segments(entry.path()));
        if (found.isEmpty()) {
            boolean keyed = view.roots().size() > 1 || view.roots().stream().anyMatch(View.Root::file);
            List<String> longest = List.of();
            for (View.Root root : view.roots()) {
                List<String> above = segments(root.path());
                boolean under = root.file()
                        ? path.equals(above)
                        : path.size() >= above.size()
                                && path.subList(0, above.size()).equals(above);
                if (under && (!keyed || root.key().isPresent()) && above.size() > longest.size()) {
                    List<String> inner = new ArrayList<>();
                    if (keyed) {
                        inner.add(root.key().orElseThrow());
                    }
                    inner.addAll(segments(String.join("/", path.subList(above.size(), path.size()))));
                    found = Optional.of(inner);
                    longest = above;
                }
            }
        }
        return found.filter(inner -> shows(path) && shows(inner));
    }

    private static boolean shows(List<String> path) {
        return !path.contains("..") && (path.isEmpty() || !path.getLast().startsWith("."));
    }

    /** The segments between the slashes; empty ones at either end do not count. */
    private static List<String> segments(String path) {
        List<String> segments = new ArrayList<>(Arrays.asList(path.split("/", -1)));
        while (!segments.isEmpty() && segments.getFirst().isEmpty()) {
            segments.removeFirst();
        }
        while (!segments.isEmpty() && segments.getLast().isEmpty()) {
            segments.removeLast();
        }
        return segments;
    }

    private static TreeEvent event(Random random) {
        return new TreeEvent(
                random.nextBoolean() ? EventTopic.TREE : EventTopic.META,
                pick(random, List.of(TreeEvent.Type.values())),
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(node(random)),
                random.nextInt(4) == 0 ? Optional.empty() : Optional.of(node(random)),
                random.nextBoolean(),
                random.nextBoolean(),
                1);
    }

    private static Node node(Random random) {
        List<WorkspaceRelativePath> appearsIn = new ArrayList<>();
        for (int i = random.nextInt(4) - 1; i > 0; i--) {
            appearsIn.add(new WorkspaceRelativePath(pick(random, WORKSPACES), "event-slug", path(random)));
        }
        return new Node("u", random.nextInt(8) == 0 ? "" : path(random), Map.of(), appearsIn, Map.of());
    }

    private static View view(Random random) {
        List<View.Root> roots = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            String path = path(random);
            if (!segments(path).isEmpty()) {
                // Same path, same key: which of two equal roots wins is nobody's business.
                Optional<String> key = path.length() % 4 == 0 ? Optional.empty() : Optional.of("key");
                roots.add(new View.Root(path, key, random.nextInt(4) == 0));
            }
        }
        return new View(pick(random, WORKSPACES), Optional.of("slug"), roots, View.Permission.READ);
    }

    private static String path(Random random) {
        StringBuilder path = new StringBuilder();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            path.append(path.isEmpty() ? "" : "/").append(pick(random, NAMES));
        }
        return path.toString();
    }

    private static <T> T pick(Random random, List<T> from) {
        return from.get(random.nextInt(from.size()));
    }
}
