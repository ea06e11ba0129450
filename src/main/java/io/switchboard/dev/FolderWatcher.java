package io.switchboard.dev;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Watches a folder with all that is below it. The signals of the system say only where to look: after each burst the
 * folders concerned are read again and {@link FolderDiff} says what happened. So a lost signal, a folder that was filled
 * before it was watched, or an editor's detour over temporary files need no handling of their own.
 *
 * <p>Links are not followed, and neither links nor what cannot be read are seen. One thread of its own, which also calls
 * the sink.
 */
final class FolderWatcher implements AutoCloseable {
    /** Entries that are watched by default; reading more again and again would cost more than a developer's tool may. */
    static final int MAX_ENTRIES = 50_000;

    private static final Logger LOG = Logger.getLogger(FolderWatcher.class);

    /** A burst is over when nothing was signalled for so long: both halves of a rename are in one. */
    private static final Duration QUIET = Duration.ofMillis(50);

    /** The longest that changes wait for a burst to end. */
    private static final Duration HOLD = Duration.ofMillis(500);

    /** How often to look whether a folder that is gone has come back. */
    private static final Duration ABSENT = Duration.ofSeconds(1);

    private final Path root;
    private final int maxEntries;
    private final Consumer<List<FolderChange>> sink;
    private final WatchService watch;
    private final Thread thread;

    // of the thread alone, after start; tests look at the keys
    private final Map<String, WatchKey> keys = new ConcurrentHashMap<>();
    private final Map<WatchKey, String> paths = new HashMap<>();
    private NavigableMap<String, FolderEntry> snapshot = Collections.emptyNavigableMap();
    private int room;
    private boolean warnedOfRoom;
    private boolean warnedOfWatches;
    private boolean absent;

    /** @param sink gets the changes of a burst; while it works, further changes wait */
    FolderWatcher(Path root, int maxEntries, Consumer<List<FolderChange>> sink) throws IOException {
        this.root = root;
        this.maxEntries = maxEntries;
        this.sink = sink;
        this.watch = root.getFileSystem().newWatchService();
        this.thread = Thread.ofPlatform().daemon().name("switchboard-folder").unstarted(this::run);
    }

    /** Takes what is there as given and watches from here on. */
    void start() {
        snapshot = FolderDiff.between(snapshot, readAll()).snapshot();
        thread.start();
    }

    @Override
    public void close() throws IOException {
        watch.close();
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(2));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Set<String> changed = new TreeSet<>();
                boolean all = await(changed);
                NavigableMap<String, FolderEntry> now = all ? readAll() : readAgain(changed);
                FolderDiff diff = FolderDiff.between(snapshot, now);
                forget(snapshot, diff.snapshot());
                snapshot = diff.snapshot();
                if (!diff.changes().isEmpty()) {
                    sink.accept(diff.changes());
                }
            }
        } catch (InterruptedException | ClosedWatchServiceException _) {
            // closed
        } catch (RuntimeException e) {
            LOG.errorf(e, "%s is no longer watched", root);
        }
    }

    /**
     * Waits for a burst to begin and to end.
     *
     * @param changed gets the folders that were signalled
     * @return whether everything must be read again
     */
    private boolean await(Set<String> changed) throws InterruptedException {
        if (absent) {
            WatchKey key = watch.poll(ABSENT.toMillis(), TimeUnit.MILLISECONDS);
            if (key != null) {
                take(key, changed);
            }
            return true;
        }
        boolean all = take(watch.take(), changed);
        long end = System.nanoTime() + HOLD.toNanos();
        for (long left = HOLD.toNanos(); left > 0; left = end - System.nanoTime()) {
            WatchKey key = watch.poll(Math.min(left, QUIET.toNanos()), TimeUnit.NANOSECONDS);
            if (key == null) {
                break;
            }
            all |= take(key, changed);
        }
        return all;
    }

    private boolean take(WatchKey key, Set<String> changed) {
        String path = paths.get(key);
        boolean overflow = false;
        for (WatchEvent<?> event : key.pollEvents()) {
            overflow |= StandardWatchEventKinds.OVERFLOW.equals(event.kind());
        }
        // before the folder is read: what happens from now on signals again
        boolean valid = key.reset();
        if (path == null) {
            return overflow;
        }
        if (!valid) {
            paths.remove(key);
            keys.remove(path, key);
        }
        changed.add(path);
        return overflow || (path.isEmpty() && !valid);
    }

    private NavigableMap<String, FolderEntry> readAll() {
        TreeMap<String, FolderEntry> tree = new TreeMap<>();
        room = Math.max(0, maxEntries - snapshot.size());
        boolean there = Files.isDirectory(root);
        if (there) {
            read("", tree);
        } else if (!absent) {
            LOG.warnf("%s is not there: watching for it to appear", root);
        }
        absent = !there;
        return tree;
    }

    private NavigableMap<String, FolderEntry> readAgain(Set<String> folders) {
        TreeMap<String, FolderEntry> tree = new TreeMap<>(snapshot);
        room = Math.max(0, maxEntries - snapshot.size());
        for (String folder : folders) {
            FolderEntry entry = tree.get(folder);
            // a folder that is gone is missed in its parent, which was signalled too
            if (folder.isEmpty() || (entry != null && entry.folder())) {
                refresh(folder, tree);
            }
        }
        return tree;
    }

    /** Reads one folder again, and what is new below it. */
    private void refresh(String folder, NavigableMap<String, FolderEntry> tree) {
        Map<String, FolderEntry> children = list(folder);
        int start = folder.isEmpty() ? 0 : folder.length() + 1;
        FolderDiff.below(tree, folder)
                .keySet()
                .removeIf(path -> !children.containsKey(path.substring(0, endOfName(path, start))));
        children.forEach((path, entry) -> {
            FolderEntry known = tree.get(path);
            if (!entry.folder()) {
                if (known != null && known.folder()) {
                    FolderDiff.below(tree, path).clear();
                }
                tree.put(path, entry);
            } else if (known != null && known.sameFile(entry) && keys.containsKey(path)) {
                tree.put(path, entry);
            } else {
                FolderDiff.below(tree, path).clear();
                tree.put(path, entry);
                read(path, tree);
            }
        });
    }

    private static int endOfName(String path, int start) {
        int end = path.indexOf('/', start);
        return end < 0 ? path.length() : end;
    }

    /** Reads a folder with all that is below it, watching each folder before it is read. */
    private void read(String folder, NavigableMap<String, FolderEntry> tree) {
        Deque<String> folders = new ArrayDeque<>();
        folders.add(folder);
        while (!folders.isEmpty()) {
            String next = folders.poll();
            watch(next);
            list(next).forEach((path, entry) -> {
                tree.put(path, entry);
                if (entry.folder()) {
                    folders.add(path);
                }
            });
        }
    }

    private Map<String, FolderEntry> list(String folder) {
        Map<String, FolderEntry> children = new HashMap<>();
        try (var stream = Files.newDirectoryStream(at(folder))) {
            for (Path file : stream) {
                String name = file.getFileName().toString();
                String path = folder.isEmpty() ? name : folder + "/" + name;
                try {
                    BasicFileAttributes attributes =
                            Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                    if ((attributes.isRegularFile() || attributes.isDirectory()) && roomFor(path)) {
                        children.put(path, FolderEntry.of(path, attributes));
                    }
                } catch (IOException | SecurityException e) {
                    LOG.debugf("%s is skipped: %s", file, e.toString());
                }
            }
        } catch (IOException | DirectoryIteratorException | SecurityException e) {
            // gone in the meantime, or not ours to read
            LOG.debugf("%s is skipped: %s", folder, e.toString());
        }
        return children;
    }

    /** What is known stays known, so that a full folder does not seem to change; only new entries need room. */
    private boolean roomFor(String path) {
        if (snapshot.containsKey(path)) {
            return true;
        }
        if (room > 0) {
            room--;
            return true;
        }
        if (!warnedOfRoom) {
            warnedOfRoom = true;
            LOG.warnf(
                    "%s holds more than %d files and folders: further ones are not watched; choose a smaller folder",
                    root, maxEntries);
        }
        return false;
    }

    private void watch(String folder) {
        try {
            WatchKey key = at(folder)
                    .register(
                            watch,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
            // the key of a folder that moved inside the tree moves with it
            paths.put(key, folder);
            WatchKey former = keys.put(folder, key);
            if (former != null && !former.equals(key)) {
                drop(folder, former);
            }
        } catch (IOException e) {
            if (Files.isDirectory(at(folder), LinkOption.NOFOLLOW_LINKS) && Files.isReadable(at(folder))) {
                warnOfWatches(e);
            }
        }
    }

    private void warnOfWatches(IOException e) {
        if (!warnedOfWatches) {
            warnedOfWatches = true;
            LOG.warnf(
                    "not every folder below %s is watched (%s): raise fs.inotify.max_user_watches, or choose a smaller folder",
                    root, e.getMessage());
        }
    }

    /** Ends the watches of folders that are no longer there: one that was moved elsewhere would go on signalling. */
    private void forget(NavigableMap<String, FolderEntry> before, NavigableMap<String, FolderEntry> after) {
        before.forEach((path, entry) -> {
            FolderEntry now = after.get(path);
            if (entry.folder() && (now == null || !now.folder())) {
                WatchKey key = keys.remove(path);
                if (key != null) {
                    drop(path, key);
                }
            }
        });
    }

    private void drop(String path, WatchKey key) {
        if (paths.remove(key, path)) {
            key.cancel();
        }
    }

    private Path at(String folder) {
        return folder.isEmpty() ? root : root.resolve(folder);
    }

    /** For tests: the folders that are watched, by path, the watched folder itself being the empty one. */
    Set<String> watched() {
        return new HashSet<>(keys.keySet());
    }
}
