package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Optional;

/**
 * How events are written into the stream, and read from it. Any thread; must not block.
 *
 * @param <E> the event
 */
public interface StreamCodec<E> {
    /**
     * An event as it is written.
     *
     * @param subject behind the prefix of the cluster: letters, digits, dots
     * @param key what tells a retry from another event, in the whole cluster; empty: every one is its own
     * @param headers what is said beside it
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Written(String subject, Optional<String> key, Map<String, String> headers, byte[] body) {
        public Written {
            requireNonNull(subject, "subject");
            requireNonNull(key, "key");
            headers = Map.copyOf(headers);
            requireNonNull(body, "body");
        }

        /** Without what it says. */
        @Override
        public String toString() {
            return "Written[" + subject + "]";
        }
    }

    /** What the stream has. */
    interface Stored {
        /** Behind the prefix of the cluster. */
        String subject();

        /** What tells a retry of it from another event. */
        Optional<String> key();

        /** Null: there is none. */
        String header(String name);

        byte[] body();

        /** When it was stored, in milliseconds since 1970. */
        long storedAt();
    }

    Written write(E event);

    /** What was written is in the stream already, under the same key. */
    void duplicate(E event);

    /** Reads what was stored; empty: it is no event, and its place stays empty. */
    Optional<E> read(Stored stored);
}
