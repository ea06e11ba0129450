package io.switchboard.cluster.state;

import java.util.UUID;

/** A result with a mark in front, so that whoever is told it twice notices. */
final class Marked {
    private static final int MARK = 36;

    private Marked() {}

    static String of(UUID mark, String result) {
        return mark + result;
    }

    static UUID mark(String marked) {
        return UUID.fromString(marked.substring(0, MARK));
    }

    static String result(String marked) {
        return marked.substring(MARK);
    }
}
