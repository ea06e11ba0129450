package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.hub.Content;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How what is published is delivered to those who lag, by the topic that receivers are told. Of several entries that match a topic
 * the first counts, in the alphabetical order of their names; where none does, everything is delivered. Any thread.
 */
public final class DeliveryPolicies {
    /** No entries. */
    public static final DeliveryPolicies NONE = new DeliveryPolicies(Map.of());

    private static final String SETTING = "switchboard.delivery.";

    /** Topics whose entry is remembered. */
    private static final int MOST_TOPICS = 4096;

    /** RFC 6901, section 3; the empty one is the whole document, and no key. */
    private static final java.util.regex.Pattern POINTER = java.util.regex.Pattern.compile("(/([^/~]|~[01])*)+");

    private static final JsonPointer TASK = JsonPointer.compile("/TaskUpdated/ID");
    private static final JsonPointer JOB = JsonPointer.compile("/Job/ID");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final Delivery RELIABLE = new Delivery(Policy.RELIABLE, Optional.empty());

    /**
     * An entry, as it is written.
     *
     * @param topics patterns with dots
     * @param policy of what matches one
     * @param key where in the payload the key is: a JSON pointer (RFC 6901)
     */
    public record Entry(List<String> topics, Policy policy, Optional<String> key) {
        public Entry {
            topics = List.copyOf(topics);
            requireNonNull(policy, "policy");
            requireNonNull(key, "key");
        }
    }

    private record Delivery(Policy policy, Optional<JsonPointer> key) {}

    private record Rule(List<Pattern> topics, Delivery delivery) {
        boolean concerns(Topic topic) {
            for (Pattern pattern : topics) {
                if (pattern.matches(topic)) {
                    return true;
                }
            }
            return false;
        }
    }

    private final List<Rule> rules = new ArrayList<>();
    private final Cache<Topic, Delivery> known = Caffeine.newBuilder()
            .maximumSize(MOST_TOPICS)
            .executor(Runnable::run)
            .build();

    /**
     * @param entries by name
     * @throws IllegalArgumentException an entry cannot be meant; names the setting and what to write
     */
    public DeliveryPolicies(Map<String, Entry> entries) {
        new TreeMap<>(entries).forEach((name, entry) -> rules.add(read(SETTING + name, entry)));
    }

    private static Rule read(String setting, Entry entry) {
        if (entry.topics().isEmpty()) {
            throw new IllegalArgumentException(
                    setting + ".topics: write one pattern of topics or several, comma-separated, such as quotes.**");
        }
        if (entry.key().isPresent() && entry.policy() != Policy.LATEST) {
            throw new IllegalArgumentException(
                    setting + ".key: leave it out, or write " + setting + ".policy=latest, which alone has keys");
        }
        return new Rule(
                patterns(setting + ".topics", entry.topics()),
                new Delivery(entry.policy(), entry.key().map(text -> pointer(setting + ".key", text))));
    }

    private static List<Pattern> patterns(String setting, List<String> texts) {
        List<Pattern> patterns = new ArrayList<>();
        for (String text : texts) {
            try {
                patterns.add(TopicSyntax.DOTTED.pattern(text.strip()));
            } catch (InvalidTopicException e) {
                throw new IllegalArgumentException(setting + ": '" + text + "' is no pattern: " + e.getMessage(), e);
            }
        }
        return List.copyOf(patterns);
    }

    private static JsonPointer pointer(String setting, String text) {
        if (!POINTER.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    setting + ": '" + text + "' is no JSON pointer: write one such as /id or /stock/symbol");
        }
        return JsonPointer.compile(text);
    }

    private Delivery of(Topic topic) {
        return rules.isEmpty() ? RELIABLE : known.get(topic, this::find);
    }

    private Delivery find(Topic topic) {
        for (Rule rule : rules) {
            if (rule.concerns(topic)) {
                return rule.delivery();
            }
        }
        return RELIABLE;
    }

    /** Whether there are topics that have newest values. */
    public boolean hasLatest() {
        return rules.stream().anyMatch(rule -> rule.delivery().policy() == Policy.LATEST);
    }

    /** Whether a topic has newest values, which one who comes later is shown. */
    public boolean isLatest(Topic topic) {
        return of(topic).policy() == Policy.LATEST;
    }

    /** The same publication, delivered as its topic is. */
    Publication decide(Publication publication) {
        return decide(publication, false);
    }

    /**
     * The same publication, delivered as its topic is.
     *
     * @param urgent it is neither conflated nor thinned; it still has its key
     */
    Publication decide(Publication publication, boolean urgent) {
        return decide(publication, publication.shown(), urgent);
    }

    /**
     * The same for one that is found by another topic than it is known by.
     *
     * @param known decides
     */
    Publication decide(Publication publication, Topic known, boolean urgent) {
        Delivery delivery = of(known);
        if (delivery.policy() == Policy.RELIABLE || publication.policy() != Policy.RELIABLE) {
            return publication;
        }
        Optional<String> key = delivery.policy() == Policy.LATEST ? key(publication, delivery) : publication.key();
        return new Publication(
                publication.position(),
                publication.topic(),
                publication.guard(),
                urgent ? Policy.RELIABLE : delivery.policy(),
                key,
                publication.content());
    }

    /** What its sender says, else what is in the payload, else the task of a job, else the job. */
    private static Optional<String> key(Publication publication, Delivery delivery) {
        if (publication.key().isPresent()) {
            return publication.key();
        }
        byte[] json = json(publication.content());
        Optional<String> key = delivery.key().flatMap(pointer -> value(json, pointer));
        if (key.isEmpty() && publication.topic().kind() == Topic.Kind.JOB) {
            return value(json, TASK).or(() -> value(json, JOB));
        }
        return key;
    }

    private static byte[] json(Content content) {
        return switch (content) {
            case Content.Event(byte[] json) -> json;
            case Content.Notification(byte[] json) -> json;
            case Content.Message message -> message.payload();
            case Content.Binary binary -> binary.payload();
            case Content.Presence(byte[] json) -> json;
            case Content.Direct direct -> direct.payload();
        };
    }

    /** A string that is not empty, a number or a truth value; nothing else is a key. */
    private static Optional<String> value(byte[] json, JsonPointer pointer) {
        try {
            JsonNode node = MAPPER.reader().at(pointer).readTree(json);
            return node != null && node.isValueNode() && !node.isNull()
                    ? Optional.of(node.asText()).filter(text -> !text.isEmpty())
                    : Optional.empty();
        } catch (IOException _) {
            // what it holds is more than can be read again; it has no key then
            return Optional.empty();
        }
    }
}
