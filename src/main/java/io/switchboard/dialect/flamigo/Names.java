package io.switchboard.dialect.flamigo;

import io.switchboard.dialect.TopicName;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.util.ArrayList;
import java.util.List;

/**
 * Topics as Flamigo writes them: with {@code /} where services name them, with {@code :} where clients do. A pattern that is
 * shorter than a topic matches it by its prefix.
 */
final class Names {
    /** Encodes every separator: what a client was told, a service may name, and means the same topic. */
    private static final TopicSyntax SHOWN = new TopicSyntax(':', "%.*>/:");

    private static final TopicSyntax COLONED = new TopicSyntax(':', "%:*>");

    private Names() {}

    /** What a client is told. */
    static String write(Topic topic) {
        return SHOWN.write(topic);
    }

    /**
     * What a service means. With dots alone it is a pattern as everywhere, and nothing more than that.
     *
     * @throws InvalidTopicException it is none
     */
    static List<TopicName> read(String text) throws InvalidTopicException {
        boolean slashed = text.indexOf(TopicSyntax.SLASHED.separator()) >= 0;
        if (!slashed && text.indexOf(TopicSyntax.DOTTED.separator()) >= 0) {
            return List.of(new TopicName(text, TopicSyntax.DOTTED.pattern(text)));
        }
        Pattern pattern = (slashed ? TopicSyntax.SLASHED : COLONED).pattern(text);
        List<Pattern.Segment> segments = new ArrayList<>(pattern.segments());
        if (segments.getLast() == Pattern.Wildcard.MORE) {
            if (!isOne(text)) {
                return List.of(new TopicName(text, pattern));
            }
            // with its prefix the same set of topics; but users/* is given up without giving up users
            segments.set(segments.size() - 1, Pattern.Wildcard.ONE);
        }
        List<TopicName> names = new ArrayList<>(2);
        names.add(new TopicName(text, new Pattern(segments)));
        if (segments.size() < TopicSyntax.MOST_SEGMENTS) {
            segments.add(Pattern.Wildcard.MORE);
            names.add(new TopicName(text, new Pattern(segments)));
        }
        return names;
    }

    /** Whether what ends it, a wildcard, is a single {@code *}. */
    private static boolean isOne(String text) {
        return text.endsWith("*") && !text.endsWith("**");
    }
}
