package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A set of topics: segments that are literal or wildcards, and in rules also templates, which stand for values of the
 * claims. Literals are never read again, so a user who is called {@code *} is no wildcard. Immutable, any thread.
 */
public record Pattern(List<Segment> segments) {
    /** One part of a pattern. */
    public sealed interface Segment {}

    /** This very text. */
    public record Literal(String text) implements Segment {
        public Literal {
            requireNonNull(text, "text");
        }
    }

    /** Any text. */
    public enum Wildcard implements Segment {
        /** One segment. */
        ONE,
        /** One or more. */
        MORE
    }

    /** One of the values that the claims hold under a name; in rules only. */
    public record Template(String name) implements Segment {
        public Template {
            requireNonNull(name, "name");
        }
    }

    public Pattern {
        segments = List.copyOf(segments);
        if (segments.isEmpty()) {
            throw new IllegalArgumentException("a pattern has a segment");
        }
    }

    /** The pattern of one topic alone. */
    public static Pattern of(Topic topic) {
        List<Segment> segments = new ArrayList<>(topic.segments().size());
        for (String segment : topic.segments()) {
            segments.add(new Literal(segment));
        }
        return new Pattern(segments);
    }

    /** The topic, where it is the pattern of one alone. */
    public Optional<Topic> exact() {
        List<String> texts = new ArrayList<>(segments.size());
        for (Segment segment : segments) {
            if (!(segment instanceof Literal(String text))) {
                return Optional.empty();
            }
            texts.add(text);
        }
        return Optional.of(Topic.of(texts));
    }

    /** The first segment, where it is literal. */
    public Optional<String> first() {
        return segments.getFirst() instanceof Literal(String text) ? Optional.of(text) : Optional.empty();
    }

    /** Whether the topic is in the set. */
    public boolean matches(Topic topic) {
        return matches(0, topic.segments(), 0);
    }

    private boolean matches(int mine, List<String> texts, int theirs) {
        if (mine == segments.size()) {
            return theirs == texts.size();
        }
        // each segment of the pattern takes one at least
        if (texts.size() - theirs < segments.size() - mine) {
            return false;
        }
        return switch (segments.get(mine)) {
            case Literal(String text) -> text.equals(texts.get(theirs)) && matches(mine + 1, texts, theirs + 1);
            case Template _ -> false;
            case Wildcard.ONE -> matches(mine + 1, texts, theirs + 1);
            case Wildcard.MORE -> mine == segments.size() - 1 || meets(Pattern.ofTexts(texts), _ -> Set.of());
        };
    }

    private static Pattern ofTexts(List<String> texts) {
        return of(Topic.of(texts));
    }

    /**
     * Whether every topic of the other pattern is in the set. In doubt it is not: {@code *.**} is not seen to cover
     * {@code **.*}.
     *
     * @param values what a template of this pattern stands for
     */
    public boolean covers(Pattern other, Function<String, Set<String>> values) {
        int mine = segments.size();
        int theirs = other.segments.size();
        boolean[][] covers = new boolean[mine + 1][theirs + 1];
        covers[mine][theirs] = true;
        for (int i = mine - 1; i >= 0; i--) {
            for (int j = theirs - 1; j >= 0; j--) {
                covers[i][j] = segments.get(i) == Wildcard.MORE
                        ? covers[i + 1][j + 1] || covers[i][j + 1]
                        : covers[i + 1][j + 1] && covers(segments.get(i), other.segments.get(j), values);
            }
        }
        return covers[0][0];
    }

    private static boolean covers(Segment mine, Segment theirs, Function<String, Set<String>> values) {
        return switch (mine) {
            case Literal literal -> literal.equals(theirs);
            case Template(String name) ->
                theirs instanceof Literal(String text) && values.apply(name).contains(text);
            case Wildcard.ONE -> theirs != Wildcard.MORE;
            case Wildcard.MORE -> true;
        };
    }

    /**
     * Whether there may be a topic that is in both sets.
     *
     * @param values what a template of this pattern stands for
     */
    public boolean meets(Pattern other, Function<String, Set<String>> values) {
        int mine = segments.size();
        int theirs = other.segments.size();
        // whether what is left of both can be the same, where a segment of both is still to come
        boolean[][] meets = new boolean[mine + 1][theirs + 1];
        meets[mine][theirs] = true;
        for (int i = mine - 1; i >= 0; i--) {
            for (int j = theirs - 1; j >= 0; j--) {
                boolean rest = meets[i + 1][j + 1]
                        || (segments.get(i) == Wildcard.MORE && meets[i][j + 1])
                        || (other.segments.get(j) == Wildcard.MORE && meets[i + 1][j]);
                meets[i][j] = rest && meet(segments.get(i), other.segments.get(j), values);
            }
        }
        return meets[0][0];
    }

    private static boolean meet(Segment mine, Segment theirs, Function<String, Set<String>> values) {
        return switch (mine) {
            case Literal(String text) -> !(theirs instanceof Literal(String other)) || text.equals(other);
            case Template(String name) ->
                theirs instanceof Literal(String text)
                        ? values.apply(name).contains(text)
                        : !values.apply(name).isEmpty();
            case Wildcard _ -> true;
        };
    }
}
