package io.switchboard.hub;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
        WORKSPACE,
        SESSION,
        EVERYONE,
        ROOM,
        PRESENCE,
        OTHER;

        /** Whether it is whom something is for, and so implied whatever a client asks for. */
        public boolean isOfAudience() {
            return this == USER || this == ROLE || this == WORKSPACE || this == SESSION || this == EVERYONE;
        }

        private static final Map<String, Kind> BY_SEGMENT = Stream.of(values())
                .collect(toUnmodifiableMap(kind -> kind.name().toLowerCase(Locale.ROOT), identity()));

        /** What no client can name begins with {@code @}, and is of the kind at its end: {@code @merged-tree}. */
        private static Kind of(String segment) {
            String name = segment.startsWith("@") ? segment.substring(segment.lastIndexOf('-') + 1) : segment;
            return BY_SEGMENT.getOrDefault(name, OTHER);
        }
    }

    private static final TopicSyntax WRITTEN = new TopicSyntax('.', "%.*>/:");

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
        return of(List.of(segments));
    }

    /** The same from a list. */
    public static Topic of(List<String> segments) {
        if (segments.isEmpty() || segments.contains("")) {
            throw new IllegalArgumentException("a topic's segments are not empty");
        }
        return new Topic(List.copyOf(segments));
    }

    /** The segments, as they are and not as they are written. */
    public List<String> segments() {
        return segments;
    }

    /**
     * The kind of topics that begin like that, where they are guarded: any pattern may name them, claims alone decide who
     * hears of them, and clients never publish to them.
     */
    public static Optional<Kind> guarded(String first) {
        return Optional.of(Kind.of(first)).filter(kind -> kind != Kind.OTHER && kind != Kind.PRESENCE);
    }

    /** Whether claims alone decide who hears of it, and no rule. */
    public boolean isGuarded() {
        return kind != Kind.OTHER && kind != Kind.PRESENCE;
    }

    /**
     * Whether those who subscribed to a pattern of it are found. Of what claims imply, a topic of its own is subscribed to
     * instead; rooms are too many for that.
     */
    boolean isFoundByPattern() {
        return !isGuarded() || kind == Kind.ROOM;
    }

    /** Whether clients and services publish to it by its name: it is neither guarded nor about presence. */
    public boolean isOpen() {
        return kind == Kind.OTHER;
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
        return WRITTEN.write(this);
    }
}
