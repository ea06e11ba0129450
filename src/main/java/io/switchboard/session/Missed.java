package io.switchboard.session;

import io.switchboard.dialect.Notice;
import io.switchboard.hub.Topic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How many publications a session that lags has gone without, by topic; of too many topics only how many together. */
final class Missed {
    /** Topics that are counted by name. */
    static final int MOST_TOPICS = 100;

    private final Map<Topic, Long> byTopic = new LinkedHashMap<>();
    private long others;

    void add(Topic topic) {
        if (byTopic.size() < MOST_TOPICS || byTopic.containsKey(topic)) {
            byTopic.merge(topic, 1L, Long::sum);
        } else {
            others++;
        }
    }

    /** What the client is told, in the order in which the topics began to be missed. */
    List<Notice.Gap> gaps() {
        List<Notice.Gap> gaps = new ArrayList<>();
        byTopic.forEach((topic, count) -> gaps.add(new Notice.Gap(Optional.of(topic), count)));
        if (others > 0) {
            gaps.add(new Notice.Gap(Optional.empty(), others));
        }
        return gaps;
    }
}
