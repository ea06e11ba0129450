package io.switchboard.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Patterns and topics over a small alphabet, as tests draw and enumerate them. */
final class Patterns {
    private Patterns() {}

    /** Every topic of at most so many segments. */
    static List<Topic> topics(List<String> alphabet, int longest) {
        List<List<String>> all = new ArrayList<>();
        List<List<String>> last = List.of(List.of());
        for (int i = 0; i < longest; i++) {
            List<List<String>> next = new ArrayList<>();
            for (List<String> before : last) {
                for (String segment : alphabet) {
                    List<String> longer = new ArrayList<>(before);
                    longer.add(segment);
                    next.add(longer);
                }
            }
            all.addAll(next);
            last = next;
        }
        return all.stream().map(Topic::of).toList();
    }

    /** Any pattern of at most so many segments. */
    static Pattern random(Random random, List<Pattern.Segment> segments, int longest) {
        List<Pattern.Segment> drawn = new ArrayList<>();
        for (int i = random.nextInt(longest); i >= 0; i--) {
            drawn.add(segments.get(random.nextInt(segments.size())));
        }
        return new Pattern(drawn);
    }

    /**
     * Whether a topic is in a set of them, said in the simplest way: of the first segment either that is all it stands for, or
     * it stands for the next as well.
     */
    static boolean matches(List<Pattern.Segment> pattern, List<String> topic) {
        if (pattern.isEmpty() || topic.isEmpty()) {
            return pattern.isEmpty() && topic.isEmpty();
        }
        Pattern.Segment first = pattern.getFirst();
        if (first instanceof Pattern.Literal(String text) && !text.equals(topic.getFirst())) {
            return false;
        }
        List<String> rest = topic.subList(1, topic.size());
        return matches(pattern.subList(1, pattern.size()), rest)
                || (first == Pattern.Wildcard.MORE && matches(pattern, rest));
    }

    static boolean matches(Pattern pattern, Topic topic) {
        return matches(pattern.segments(), topic.segments());
    }
}
