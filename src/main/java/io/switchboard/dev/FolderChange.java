package io.switchboard.dev;

import static java.util.Objects.requireNonNull;

import io.switchboard.event.TreeEvent;
import java.util.Optional;

/**
 * One thing that happened in the folder.
 *
 * @param source where it was and what it was like, for what was moved or deleted
 * @param target where it is and what it is like, for everything but what was deleted
 */
record FolderChange(TreeEvent.Type type, Optional<Place> source, Optional<Place> target) {
    FolderChange {
        requireNonNull(type, "type");
        requireNonNull(source, "source");
        requireNonNull(target, "target");
    }

    /** A file or folder and where it is, relative to the watched folder, with {@code /} between names. */
    record Place(String path, FolderEntry entry) {
        Place {
            requireNonNull(path, "path");
            requireNonNull(entry, "entry");
        }
    }

    static FolderChange created(String path, FolderEntry entry) {
        return new FolderChange(TreeEvent.Type.CREATE, Optional.empty(), Optional.of(new Place(path, entry)));
    }

    static FolderChange moved(String from, FolderEntry before, String to, FolderEntry after) {
        return new FolderChange(
                TreeEvent.Type.UPDATE_PATH, Optional.of(new Place(from, before)), Optional.of(new Place(to, after)));
    }

    static FolderChange written(String path, FolderEntry entry) {
        return new FolderChange(TreeEvent.Type.UPDATE_CONTENT, Optional.empty(), Optional.of(new Place(path, entry)));
    }

    static FolderChange deleted(String path, FolderEntry entry) {
        return new FolderChange(TreeEvent.Type.DELETE, Optional.of(new Place(path, entry)), Optional.empty());
    }
}
