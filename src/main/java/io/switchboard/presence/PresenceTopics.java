package io.switchboard.presence;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.util.ArrayList;
import java.util.List;

/** The topics whose subscribers hear of each other. Any thread. */
public final class PresenceTopics {
    private static final String SETTING = "switchboard.presence.topics";

    /** Topics of which it is remembered whether they are among them. */
    private static final int MOST_REMEMBERED = 4096;

    private final List<Pattern> patterns = new ArrayList<>();
    private final Cache<Topic, Boolean> known = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .executor(Runnable::run)
            .build();

    /**
     * @param texts patterns, with dots
     * @throws IllegalArgumentException one is no pattern, naming the setting and what to write
     */
    public PresenceTopics(List<String> texts) {
        for (String text : texts) {
            try {
                patterns.add(TopicSyntax.DOTTED.pattern(text.strip()));
            } catch (InvalidTopicException e) {
                throw new IllegalArgumentException(SETTING + ": '" + text + "' is no pattern: " + e.getMessage(), e);
            }
        }
    }

    /** Whether it is one of them; what claims alone decide of is not. */
    public boolean contain(Topic topic) {
        return !patterns.isEmpty() && topic.isOpen() && known.get(topic, this::matches);
    }

    private boolean matches(Topic topic) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(topic));
    }
}
