package io.switchboard.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Folders are written as {@code name:inode.content} for a file and {@code name/:inode} for a folder, changes as
 * {@code + path}, {@code - path}, {@code from > to} and {@code ~ path}.
 */
class FolderDiffTest {
    static Stream<Arguments> cases() {
        return Stream.of(
                row("nothing", "a:1.x d/:2", "a:1.x d/:2"),
                row("a new file", "", "a:1.x", "+ a"),
                row(
                        "a new folder with content, the folder first",
                        "",
                        "d/:1 d/e/:2 d/e/f:3.x",
                        "+ d",
                        "+ d/e",
                        "+ d/e/f"),
                row("other content", "a:1.x", "a:1.y", "~ a"),
                row("a file comes into a folder, which is no news", "d/:1", "d/:1 d/a:2.x", "+ d/a"),
                row("deleted", "a:1.x", "", "- a"),
                row("a subtree is deleted, the folder last", "d/:1 d/a:2.x d/e/:3", "", "- d/e", "- d/a", "- d"),
                row("renamed", "a:1.x", "b:1.x", "a > b"),
                row("renamed and rewritten", "a:1.x", "b:1.y", "a > b", "~ b"),
                row("moved into a new folder, which is there first", "x:1.x", "a/:2 a/x:1.x", "+ a", "x > a/x"),
                row("moved out of a folder that goes after it", "d/:1 d/x:2.x", "x:2.x", "d/x > x", "- d"),
                row("a folder moves with all in it", "d/:1 d/a:2.x", "e/:1 e/a:2.x", "d > e", "d/a > e/a"),
                row("a new file has the inode of a deleted one", "a:1.x", "b:1'.x", "+ b", "- a"),
                row("rewritten by way of a temporary file", "a:1.x", "a:2.y", "~ a"),
                row("the same, the temporary file was seen", "a:1.x a.tmp:2.y", "a:2.y", "~ a", "- a.tmp"),
                row("the old file is kept as backup", "a:1.x", "a:2.y a~:1.x", "+ a~", "~ a"),
                row("two files change places", "a:1.x b:2.y", "a:2.y b:1.x", "~ a", "~ b"),
                row("a file becomes a folder", "a:1.x", "a/:2 a/b:3.x", "- a", "+ a", "+ a/b"),
                row("a folder becomes a file", "a/:1 a/b:2.x", "a:3.x", "- a/b", "- a", "+ a"),
                row("a file moves into the folder that takes its name", "a:1.x", "a/:2 a/b:1.x", "- a", "+ a", "+ a/b"),
                row("a folder takes a file's name", "a:1.x d/:2 d/b:3.x", "a/:2 a/b:3.x", "- a", "d > a", "d/b > a/b"),
                row("a second name for one file", "a:1.x", "a:1.x b:1.x", "+ b"),
                row("one of two names changes", "a:1.x b:1.x", "a:1.x c:1.x", "b > c"),
                row("a name that only begins alike is not below", "d/:1 d.txt:2.x", "d.txt:2.x", "- d"),
                row("a file system without inodes", "a:.x", "b:.x", "+ b", "- a"));
    }

    private static Arguments row(String what, String before, String after, String... changes) {
        return Arguments.of(what, before, after, List.of(changes));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void saysWhatHappened(String what, String before, String after, List<String> changes) {
        FolderDiff first = FolderDiff.between(new TreeMap<>(), tree(before));
        FolderDiff diff = FolderDiff.between(first.snapshot(), tree(after));
        assertThat(written(diff)).as(what).isEqualTo(changes);
        assertUuidsAreUnique(diff.snapshot());
    }

    @Test
    void aNodeKeepsItsUuid() {
        NavigableMap<String, FolderEntry> one =
                FolderDiff.between(new TreeMap<>(), tree("a:1.x")).snapshot();
        NavigableMap<String, FolderEntry> two =
                FolderDiff.between(one, tree("a:2.y")).snapshot();
        NavigableMap<String, FolderEntry> three =
                FolderDiff.between(two, tree("b:2.z")).snapshot();
        assertThat(three.get("b").uuid()).isEqualTo(one.get("a").uuid());
    }

    @Test
    void aBackupThatTookTheInodeGetsAnotherUuid() {
        NavigableMap<String, FolderEntry> one =
                FolderDiff.between(new TreeMap<>(), tree("a:1.x")).snapshot();
        NavigableMap<String, FolderEntry> two =
                FolderDiff.between(one, tree("a:2.y a~:1.x")).snapshot();
        assertThat(two.get("a").uuid()).isEqualTo(one.get("a").uuid());
        assertThat(two.get("a~").uuid()).isNotEqualTo(one.get("a").uuid());
    }

    /** Whoever applies the changes one after the other to the old tree has the new one, and never a node without a folder. */
    @RepeatedTest(200)
    void changesLeadFromOneStateToTheOther(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        NavigableMap<String, FolderEntry> before =
                FolderDiff.between(new TreeMap<>(), random(random)).snapshot();
        NavigableMap<String, FolderEntry> after = random(random);
        FolderDiff diff = FolderDiff.between(before, after);

        TreeMap<String, FolderEntry> tree = new TreeMap<>(before);
        for (FolderChange change : diff.changes()) {
            String as = "seed " + repetition.getCurrentRepetition() + ": " + written(diff);
            change.source()
                    .ifPresent(place ->
                            assertThat(tree.remove(place.path())).as(as).isEqualTo(place.entry()));
            change.target().ifPresent(place -> {
                tree.put(place.path(), place.entry());
                int slash = place.path().lastIndexOf('/');
                if (slash >= 0) {
                    FolderEntry parent = tree.get(place.path().substring(0, slash));
                    assertThat(parent).as(as).isNotNull();
                    assertThat(parent.folder()).as(as).isTrue();
                }
            });
        }
        // a folder's own times are no news, so only files are compared whole
        assertThat(tree.keySet()).isEqualTo(after.keySet());
        assertThat(tree.values().stream().filter(entry -> !entry.folder()).toList())
                .isEqualTo(diff.snapshot().values().stream()
                        .filter(entry -> !entry.folder())
                        .toList());
        assertUuidsAreUnique(diff.snapshot());
    }

    private static NavigableMap<String, FolderEntry> random(Random random) {
        TreeMap<String, FolderEntry> tree = new TreeMap<>();
        Set<Integer> inodes = new TreeSet<>();
        List<String> folders = new ArrayList<>(List.of(""));
        for (int i = random.nextInt(8); i >= 0; i--) {
            int inode = random.nextInt(12);
            String path = folders.get(random.nextInt(folders.size())) + (char) ('a' + random.nextInt(3));
            if (inodes.add(inode) && !tree.containsKey(path)) {
                // an inode is a folder or a file for life
                boolean folder = inode % 2 == 0;
                tree.put(path, entry(Integer.toString(inode), folder, folder ? 0 : random.nextInt(3)));
                if (folder) {
                    folders.add(path + "/");
                }
            }
        }
        return tree;
    }

    private static NavigableMap<String, FolderEntry> tree(String text) {
        TreeMap<String, FolderEntry> tree = new TreeMap<>();
        Arrays.stream(text.split(" ")).filter(word -> !word.isEmpty()).forEach(word -> {
            String path = word.substring(0, word.indexOf(':'));
            String[] file = word.substring(word.indexOf(':') + 1).split("\\.", 2);
            boolean folder = path.endsWith("/");
            tree.put(
                    folder ? path.substring(0, path.length() - 1) : path,
                    entry(file[0], folder, folder ? 0 : file[1].charAt(0)));
        });
        return tree;
    }

    /** An apostrophe after the inode: created later than the other file that had it. */
    private static FolderEntry entry(String inode, boolean folder, int content) {
        long born = inode.endsWith("'") ? 2 : 1;
        String key = inode.replace("'", "");
        return new FolderEntry(key, born, folder, content, content, FolderEntry.uuid(key + born));
    }

    private static List<String> written(FolderDiff diff) {
        return diff.changes().stream()
                .map(change -> switch (change.type()) {
                    case CREATE -> "+ " + change.target().orElseThrow().path();
                    case DELETE -> "- " + change.source().orElseThrow().path();
                    case UPDATE_CONTENT -> "~ " + change.target().orElseThrow().path();
                    case UPDATE_PATH ->
                        change.source().orElseThrow().path() + " > "
                                + change.target().orElseThrow().path();
                    default -> throw new AssertionError(change);
                })
                .toList();
    }

    private static void assertUuidsAreUnique(NavigableMap<String, FolderEntry> tree) {
        assertThat(new HashSet<>(tree.values().stream().map(FolderEntry::uuid).toList()))
                .hasSameSizeAs(tree.keySet());
    }
}
