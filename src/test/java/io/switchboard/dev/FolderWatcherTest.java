package io.switchboard.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real folder. Expectations end with an event that comes last, so that nothing else can have come before unseen. */
class FolderWatcherTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path temp;

    private Path root;
    private final List<FolderChange> changes = new CopyOnWriteArrayList<>();
    private FolderWatcher watcher;

    @BeforeEach
    void folder() throws IOException {
        root = Files.createDirectory(temp.resolve("watched"));
    }

    @AfterEach
    void close() throws IOException {
        if (watcher != null) {
            watcher.close();
        }
    }

    private void watch() throws IOException {
        watch(FolderWatcher.MAX_ENTRIES);
    }

    private void watch(int maxEntries) throws IOException {
        watcher = new FolderWatcher(root, maxEntries, changes::addAll);
        watcher.start();
    }

    /** Waits for the changes, in any order and nothing else, and forgets them. */
    private List<FolderChange> expect(String... expected) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(written()).containsExactlyInAnyOrder(expected));
        List<FolderChange> seen = new ArrayList<>(changes);
        changes.clear();
        return seen;
    }

    private List<String> written() {
        return changes.stream()
                .map(change -> change.type()
                        + change.source().map(p -> " " + p.path()).orElse("")
                        + change.target().map(p -> " " + p.path()).orElse(""))
                .toList();
    }

    @Test
    void followsAFileThroughItsLife() throws IOException {
        Files.writeString(root.resolve("before.txt"), "is taken as given");
        watch();
        Path file = Files.createFile(root.resolve("a.txt"));
        String uuid = uuid(expect("CREATE a.txt").getFirst());
        Files.writeString(file, "hello");
        FolderChange written = expect("UPDATE_CONTENT a.txt").getFirst();
        assertThat(uuid(written)).isEqualTo(uuid);
        assertThat(written.target().orElseThrow().entry().size()).isEqualTo(5);
        Path renamed = Files.move(file, root.resolve("ü b.txt"));
        assertThat(uuid(expect("UPDATE_PATH a.txt ü b.txt").getFirst())).isEqualTo(uuid);
        Files.delete(renamed);
        expect("DELETE ü b.txt");
    }

    @Test
    void seesWhatWasInAFolderBeforeItWasWatched() throws IOException {
        watch();
        Path deep = Files.createDirectories(root.resolve("d/e/f"));
        Files.createFile(deep.resolve("a"));
        Files.createFile(root.resolve("d/b"));
        expect("CREATE d", "CREATE d/e", "CREATE d/e/f", "CREATE d/e/f/a", "CREATE d/b");
        Files.createFile(deep.resolve("c"));
        expect("CREATE d/e/f/c");
    }

    @Test
    void seesASubtreeComeFromElsewhereAndGo() throws IOException {
        Files.createDirectories(temp.resolve("outside/e"));
        Files.createFile(temp.resolve("outside/e/a"));
        watch();
        Files.move(temp.resolve("outside"), root.resolve("d"));
        expect("CREATE d", "CREATE d/e", "CREATE d/e/a");
        assertThat(watcher.watched()).contains("d", "d/e");
        Files.move(root.resolve("d"), temp.resolve("outside"));
        expect("DELETE d/e/a", "DELETE d/e", "DELETE d");
        await().atMost(PATIENCE).until(() -> watcher.watched().equals(Set.of("")));
        Files.createFile(temp.resolve("outside/e/unseen"));
        Files.createFile(root.resolve("last"));
        expect("CREATE last");
    }

    @Test
    void watchesOnInAFolderThatMoved() throws IOException {
        Files.createDirectories(root.resolve("d/e"));
        Files.createDirectory(root.resolve("other"));
        watch();
        Files.move(root.resolve("d"), root.resolve("other/d2"));
        expect("UPDATE_PATH d other/d2", "UPDATE_PATH d/e other/d2/e");
        Files.createFile(root.resolve("other/d2/e/a"));
        expect("CREATE other/d2/e/a");
        assertThat(watcher.watched()).containsExactlyInAnyOrder("", "other", "other/d2", "other/d2/e");
    }

    @Test
    void seesASubtreeDeleted() throws IOException {
        Files.createDirectories(root.resolve("d/e"));
        Files.createFile(root.resolve("d/e/a"));
        watch();
        deleteAll(root.resolve("d"));
        // a burst may be cut in two, then a part goes first; each goes once, in any case
        expect("DELETE d/e/a", "DELETE d/e", "DELETE d");
        Files.createDirectories(root.resolve("d"));
        Files.createFile(root.resolve("d/b"));
        expect("CREATE d", "CREATE d/b");
    }

    @Test
    void anEditorsDetourIsAChangeOfContent() throws IOException {
        Path file = Files.writeString(root.resolve("a.txt"), "old");
        Path staged = Files.writeString(temp.resolve("staged"), "new and longer");
        watch();
        Files.move(staged, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        expect("UPDATE_CONTENT a.txt");
    }

    @Test
    void linksAreNotSeenNorFollowed() throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Files.createFile(outside.resolve("a"));
        watch();
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("loop"), root);
        Files.createSymbolicLink(root.resolve("broken"), temp.resolve("nowhere"));
        Files.createFile(root.resolve("last"));
        expect("CREATE last");
        assertThat(watcher.watched()).containsExactly("");
    }

    @Test
    void aBurstBeyondTheSystemsQueueIsSeenWhole() throws IOException {
        watch();
        // the watch service keeps 512 signals of a folder
        int count = 3_000;
        for (int i = 0; i < count; i++) {
            Files.createFile(root.resolve("f" + i));
        }
        expect(IntStream.range(0, count).mapToObj(i -> "CREATE f" + i).toArray(String[]::new));
    }

    @Test
    void tooManyEntriesAreLeftOutAndNothingFlickers() throws IOException {
        Files.createFile(root.resolve("a"));
        watch(3);
        Files.createDirectory(root.resolve("b"));
        expect("CREATE b");
        Files.createFile(root.resolve("c"));
        expect("CREATE c");
        Files.createFile(root.resolve("beyond"));
        Files.writeString(root.resolve("a"), "x");
        expect("UPDATE_CONTENT a");
        Files.delete(root.resolve("c"));
        Files.createFile(root.resolve("b/beyond"));
        await().atMost(PATIENCE).until(() -> written().contains("DELETE c"));
    }

    @Test
    void aFolderThatGoesAndComesBackIsWatchedAgain() throws IOException {
        Files.createFile(root.resolve("a"));
        watch();
        deleteAll(root);
        expect("DELETE a");
        Files.createDirectory(root);
        Files.createFile(root.resolve("b"));
        expect("CREATE b");
        Files.createFile(root.resolve("c"));
        expect("CREATE c");
    }

    @Test
    void itsThreadEndsWithIt() throws IOException {
        watch();
        watcher.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("switchboard-folder");
    }

    private static String uuid(FolderChange change) {
        return change.target().orElseThrow().entry().uuid();
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
