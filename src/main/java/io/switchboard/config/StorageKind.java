package io.switchboard.config;

import java.util.Locale;

/** Which database keeps what must last. */
public enum StorageKind {
    /** A file that belongs to this process. */
    SQLITE,
    /** A server. */
    POSTGRESQL;

    /** What a URL of it begins with. */
    public String scheme() {
        return "jdbc:" + wireName() + ":";
    }

    /** As in settings; also what the data source is called. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
