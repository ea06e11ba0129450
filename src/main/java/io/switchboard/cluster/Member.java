package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

/**
 * A replica as the others count on it.
 *
 * @param id of the process
 * @param term goes up each time the replica could not keep its lease: what it decided about before is forgotten then
 */
public record Member(String id, int term) {
    public Member {
        requireNonNull(id, "id");
    }

    @Override
    public String toString() {
        return id + "." + term;
    }

    /** Reads what {@link #toString} wrote. */
    static Member parse(String text) {
        int dot = text.lastIndexOf('.');
        return new Member(text.substring(0, dot), Integer.parseInt(text.substring(dot + 1)));
    }
}
