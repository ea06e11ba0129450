package io.switchboard.hub;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which shards have subscribers of a topic, views of a pace, or views with a root: a bit for each shard. Set and cleared
 * by the owning loop only; read by any thread. A bit too many costs a visit, a bit too few would lose an event.
 */
final class Summary {
    private final Map<Topic, Long> topics = new ConcurrentHashMap<>();
    /** By the first segment of the pattern; under the empty text those that begin with a wildcard. */
    private final Map<String, Long> patterns = new ConcurrentHashMap<>();

    private final Map<Pace, Long> views = new ConcurrentHashMap<>();
    private final Map<Pace, Map<String, Long>> roots = new EnumMap<>(Pace.class);

    Summary() {
        for (Pace pace : Pace.values()) {
            roots.put(pace, new ConcurrentHashMap<>());
        }
    }

    private static long bit(int shard) {
        return 1L << shard;
    }

    void add(Topic topic, int shard) {
        add(topics, topic, shard);
    }

    void remove(Topic topic, int shard) {
        remove(topics, topic, shard);
    }

    void addPatterns(Optional<String> first, int shard) {
        add(patterns, first.orElse(""), shard);
    }

    void removePatterns(Optional<String> first, int shard) {
        remove(patterns, first.orElse(""), shard);
    }

    void addViews(Pace pace, int shard) {
        add(views, pace, shard);
    }

    void removeViews(Pace pace, int shard) {
        remove(views, pace, shard);
    }

    void addRoot(String path, Pace pace, int shard) {
        add(roots.get(pace), path, shard);
    }

    void removeRoot(String path, Pace pace, int shard) {
        remove(roots.get(pace), path, shard);
    }

    long ofTopic(Topic topic) {
        long bits = topics.getOrDefault(topic, 0L);
        // not asked whether there are any: a concurrent map counts behind its changes, and may call itself empty when
        // it is not
        return topic.isFoundByPattern() ? bits | ofPatterns(topic) : bits;
    }

    private long ofPatterns(Topic topic) {
        return patterns.getOrDefault(topic.segments().getFirst(), 0L) | patterns.getOrDefault("", 0L);
    }

    long ofViews(Pace pace) {
        return views.getOrDefault(pace, 0L);
    }

    long ofRoot(String path, Pace pace) {
        return roots.get(pace).getOrDefault(path, 0L);
    }

    int size() {
        return topics.size()
                + patterns.size()
                + views.size()
                + roots.values().stream().mapToInt(Map::size).sum();
    }

    private static <K> void add(Map<K, Long> bits, K key, int shard) {
        Long before = bits.get(key);
        if (before == null || (before & bit(shard)) == 0) {
            bits.merge(key, bit(shard), (a, b) -> a | b);
        }
    }

    private static <K> void remove(Map<K, Long> bits, K key, int shard) {
        bits.computeIfPresent(key, (_, before) -> {
            long after = before & ~bit(shard);
            return after == 0 ? null : after;
        });
    }
}
