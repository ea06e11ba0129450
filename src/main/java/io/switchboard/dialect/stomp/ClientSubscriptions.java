package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Interner;
import io.switchboard.hub.Content;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What one client has subscribed to, by its own ids. Called on the session's loop only. */
final class ClientSubscriptions {
    /** Subscriptions of one client at most. */
    static final int MOST = 1000;

    /** Topics of which it is remembered who is shown them. */
    private static final int MOST_REMEMBERED = 128;

    private record Held(Destination destination, Rendition rendition) {}

    private final Interner<Renderer> renderers;
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<Topic, Renderer> byTopic = new HashMap<>();
    private final Map<Topic, Renderer> byPersonalTopic = new HashMap<>();

    /** @param renderers makes those that are equal the same, for all clients */
    ClientSubscriptions(Interner<Renderer> renderers) {
        this.renderers = requireNonNull(renderers, "renderers");
    }

    int size() {
        return held.size();
    }

    Optional<Destination> get(String id) {
        return Optional.ofNullable(held.get(id)).map(Held::destination);
    }

    void add(String id, Destination destination, Rendition rendition) {
        held.put(id, new Held(destination, (Rendition) renderers.intern(rendition)));
        forget();
    }

    void remove(String id) {
        held.remove(id);
        forget();
    }

    private void forget() {
        byTopic.clear();
        byPersonalTopic.clear();
    }

    /** Whether a subscription names the pattern. */
    boolean names(Pattern pattern) {
        return held.values().stream()
                .anyMatch(one -> one.destination() instanceof Destination.Topics topics
                        && topics.name().pattern().equals(pattern));
    }

    boolean has(Destination.Own own) {
        return held.values().stream().anyMatch(one -> one.destination() == own);
    }

    /** How what the server itself says there is shown; empty: nobody listens. */
    List<Rendition> of(Destination.Own own) {
        return held.values().stream()
                .filter(one -> one.destination() == own)
                .map(Held::rendition)
                .toList();
    }

    /** How a publication is shown. */
    Renderer renderer(Publication publication) {
        return switch (publication.content()) {
            case Content.Direct _ -> all(destination -> destination == Destination.Own.MESSAGES);
            case Content.Notification _ -> all(destination -> destination == Destination.Own.NOTIFICATIONS);
            case Content.Event _, Content.Message _, Content.Binary _, Content.Presence _ ->
                publication.topic().kind().isOfAudience()
                        ? remembered(byPersonalTopic, publication.shown(), ClientSubscriptions::isShownPersonally)
                        : remembered(byTopic, publication.topic(), ClientSubscriptions::isShown);
        };
    }

    private static boolean isShown(Destination destination, Topic topic) {
        return destination instanceof Destination.Topics topics
                && topics.name().pattern().matches(topic);
    }

    /** What is for an audience comes to the client as personal, and to whoever listens to such topics. */
    private static boolean isShownPersonally(Destination destination, Topic topic) {
        return isShown(destination, topic)
                || (destination instanceof Destination.Personal personal
                        && personal.topic().equals(topic));
    }

    /** Which destinations show a topic. */
    private interface Shows {
        boolean test(Destination destination, Topic topic);
    }

    private Renderer remembered(Map<Topic, Renderer> memory, Topic topic, Shows shows) {
        Renderer known = memory.get(topic);
        if (known == null) {
            known = all(destination -> shows.test(destination, topic));
            if (memory.size() == MOST_REMEMBERED) {
                memory.clear();
            }
            memory.put(topic, known);
        }
        return known;
    }

    private Renderer all(Predicate<Destination> shows) {
        List<Rendition> renditions = held.values().stream()
                .filter(one -> shows.test(one.destination()))
                .map(Held::rendition)
                .toList();
        return switch (renditions.size()) {
            case 0 -> Renderer.NOTHING;
            case 1 -> renditions.getFirst();
            default -> renderers.intern(new Renditions(renditions));
        };
    }
}
