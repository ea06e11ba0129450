package io.switchboard.hub;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a publication is about: a path of segments. Dialects write it with their own separator; {@link #toString} uses a
 * dot. Immutable, with a hash that is computed once.
 */
public final class Topic {
    /** What kind of thing a topic is about, for figures: a closed list, told by the first segment. */
    public enum Kind {
        TREE,
        JOB,
        IDM,
        ACTIVITY,
        USER,
        ROLE,
        ROOM,
        OTHER;

        private static final Map<String, Kind> BY_SEGMENT = Stream.of(values())
                .collect(toUnmodifiableMap(kind -> kind.name().toLowerCase(Locale.ROOT), identity()));

        /** What no client can name begins with {@code @}, and is of the kind at its end: {@code @merged-tree}. */
        private static Kind of(String segment) {
            String name = segment.startsWith("@") ? segment.substring(segment.lastIndexOf('-') + 1) : segment;
            return BY_SEGMENT.getOrDefault(name, OTHER);
        }
    }

    private static final String RESERVED = "%.*>/:";

    private final List<String> segments;
    private final int hash;
    private final Kind kind;

    private Topic(List<String> segments) {
        this.segments = segments;
        this.hash = segments.hashCode();
        this.kind = Kind.of(segments.getFirst());
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

    /** What kind of thing it is about. */
    public Kind kind() {
        return kind;
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
