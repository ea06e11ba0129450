package io.switchboard.dev;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A file or folder as it was found.
 *
 * @param fileKey what the file system calls it (its inode), whatever its name; empty where the system has no such thing
 * @param born when it was created, in nanoseconds: an inode is given to the next file soon after its file is deleted, and
 *     only this tells the two apart
 * @param folder whether it is a folder
 * @param size bytes, 0 for a folder
 * @param modified nanoseconds since the epoch
 * @param uuid the id under which it is published; kept for as long as it is watched, through renames and rewrites
 */
record FolderEntry(String fileKey, long born, boolean folder, long size, long modified, String uuid) {
    FolderEntry {
        requireNonNull(fileKey, "fileKey");
        requireNonNull(uuid, "uuid");
    }

    static FolderEntry of(String path, BasicFileAttributes attributes) {
        String fileKey = Objects.toString(attributes.fileKey(), "");
        long born = attributes.creationTime().to(TimeUnit.NANOSECONDS);
        boolean folder = attributes.isDirectory();
        return new FolderEntry(
                fileKey,
                born,
                folder,
                folder ? 0 : attributes.size(),
                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                uuid(fileKey.isEmpty() ? path : fileKey + "@" + born));
    }

    static String uuid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    /** Whether both are one file of the file system, under whatever names. */
    boolean sameFile(FolderEntry other) {
        return !fileKey.isEmpty() && fileKey.equals(other.fileKey) && born == other.born && folder == other.folder;
    }

    boolean sameContent(FolderEntry other) {
        return folder || (size == other.size && modified == other.modified && fileKey.equals(other.fileKey));
    }

    FolderEntry withUuid(String newUuid) {
        return newUuid.equals(uuid) ? this : new FolderEntry(fileKey, born, folder, size, modified, newUuid);
    }
}
