package io.switchboard.dev;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What happened between two looks at a folder. Pure: two maps of path to entry in, changes out.
 *
 * <ul>
 *   <li>A path that is there before and after is the same node. So an editor that writes a new file and renames it over
 *       the old one changed the content of a node, and did not replace it.
 *   <li>A path that is gone and one that is new are one node that moved, if they are the same file of the file system.
 *   <li>A path that was a file and is a folder, or the reverse, is deleted and created, and so is all that was below it.
 *   <li>Every node has its own change, also below a folder that moved or was deleted: a workspace may show only a part of
 *       the tree.
 *   <li>Changes are in an order in which they can be applied one after the other: folders are there before what comes into
 *       them, and go after what leaves them.
 * </ul>
 *
 * @param changes what happened
 * @param snapshot the state after, with the uuids that the nodes keep: the {@code before} of the next diff
 */
record FolderDiff(List<FolderChange> changes, NavigableMap<String, FolderEntry> snapshot) {
    FolderDiff {
        changes = List.copyOf(changes);
        snapshot = Collections.unmodifiableNavigableMap(snapshot);
    }

    static FolderDiff between(NavigableMap<String, FolderEntry> before, NavigableMap<String, FolderEntry> after) {
        TreeMap<String, FolderEntry> goneFirst = new TreeMap<>();
        TreeMap<String, FolderEntry> gone = new TreeMap<>();
        before.forEach((path, entry) -> {
            FolderEntry now = after.get(path);
            if (now != null && now.folder() != entry.folder()) {
                goneFirst.put(path, entry);
                goneFirst.putAll(below(before, path));
            } else if (now == null) {
                gone.put(path, entry);
            }
        });
        goneFirst.keySet().forEach(gone::remove);

        Map<String, Deque<String>> goneByFile = new HashMap<>();
        gone.forEach((path, entry) -> goneByFile
                .computeIfAbsent(entry.fileKey(), _ -> new ArrayDeque<>())
                .add(path));

        TreeMap<String, FolderEntry> snapshot = new TreeMap<>();
        Map<String, String> cameFrom = new HashMap<>();
        List<String> created = new ArrayList<>();
        Set<String> uuids = new HashSet<>();
        after.forEach((path, entry) -> {
            FolderEntry same = goneFirst.containsKey(path) ? null : before.get(path);
            if (same == null) {
                String from = moved(goneByFile.get(entry.fileKey()), gone, entry);
                if (from == null) {
                    created.add(path);
                    return;
                }
                cameFrom.put(path, from);
                same = gone.get(from);
            }
            uuids.add(same.uuid());
            snapshot.put(path, entry.withUuid(same.uuid()));
        });
        for (String path : created) {
            FolderEntry entry = after.get(path);
            String uuid = entry.uuid();
            // a second name of one file, or a backup that took the old file's inode along
            while (!uuids.add(uuid)) {
                uuid = FolderEntry.uuid(uuid + "/" + path);
            }
            snapshot.put(path, entry.withUuid(uuid));
        }

        List<FolderChange> changes = new ArrayList<>();
        goneFirst.descendingMap().forEach((path, entry) -> changes.add(FolderChange.deleted(path, entry)));
        snapshot.forEach((path, entry) -> {
            String from = cameFrom.get(path);
            if (from != null) {
                changes.add(FolderChange.moved(from, gone.get(from), path, entry));
            } else if (goneFirst.containsKey(path) || !before.containsKey(path)) {
                changes.add(FolderChange.created(path, entry));
            }
        });
        snapshot.forEach((path, entry) -> {
            FolderEntry was = cameFrom.containsKey(path)
                    ? gone.get(cameFrom.get(path))
                    : goneFirst.containsKey(path) ? null : before.get(path);
            if (was != null && !was.sameContent(entry)) {
                changes.add(FolderChange.written(path, entry));
            }
        });
        gone.keySet().removeAll(cameFrom.values());
        gone.descendingMap().forEach((path, entry) -> changes.add(FolderChange.deleted(path, entry)));
        return new FolderDiff(changes, snapshot);
    }

    /** What lies below a folder. */
    static NavigableMap<String, FolderEntry> below(NavigableMap<String, FolderEntry> tree, String folder) {
        // '0' follows '/'
        return folder.isEmpty() ? tree : tree.subMap(folder + "/", true, folder + "0", false);
    }

    /** Takes the path that the entry had before from those of its file, or null. */
    private static String moved(Deque<String> candidates, Map<String, FolderEntry> gone, FolderEntry entry) {
        if (candidates == null) {
            return null;
        }
        for (var i = candidates.iterator(); i.hasNext(); ) {
            String path = i.next();
            if (gone.get(path).sameFile(entry)) {
                i.remove();
                return path;
            }
        }
        return null;
    }
}
