package io.switchboard.hub;

import java.util.List;

/**
 * What a publication is about: a path of segments. Dialects write it with their own separator; {@link #toString} uses a
 * dot. Immutable, with a hash that is computed once.
 */
public final class Topic {
    private static final String RESERVED = "%.*>/:";

    private final List<String> segments;
    private final int hash;

    private Topic(List<String> segments) {
        this.segments = segments;
        this.hash = segments.hashCode();
    }

    /** The topic of these segments, each taken literally; none may be empty. */
    public static Topic of(String... segments) {
        for (String segment : segments) {
            if (segment.isEmpty()) {
                throw new IllegalArgumentException("a topic's segments are not empty");
            }
        }
        return new Topic(List.of(segments));
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof Topic topic && topic.hash == hash && topic.segments.equals(segments));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The segments joined by dots, reserved characters inside a segment percent-encoded. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (String segment : segments) {
            if (!text.isEmpty()) {
                text.append('.');
            }
            for (int i = 0; i < segment.length(); i++) {
                char c = segment.charAt(i);
                if (RESERVED.indexOf(c) >= 0) {
                    text.append('%').append(String.format("%02X", (int) c));
                } else {
                    text.append(c);
                }
            }
        }
        return text.toString();
    }
}
