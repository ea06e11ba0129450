package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.auth.View;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns events of the log into publications once more, by the same rules as when they were new. Many who missed the same
 * get the same publications, and with them what was rendered. Any thread.
 */
public final class Replay {
    private static final Duration REMEMBERED = Duration.ofSeconds(30);

    /** About the bytes of all that is remembered. */
    private static final long MOST_BYTES = 16 * 1024 * 1024;

    /** An event as one view sees it; of all others, as anybody does. */
    private record Seen(long offset, Optional<View> view) {}

    private final TreeRouter tree;
    private final Families families;
    private final Clock clock;
    private final Cache<Seen, List<Publication>> cache;

    public Replay(TreeRouter tree, MessageFamily messages, RoomFamily rooms, Clock clock) {
        this.tree = requireNonNull(tree, "tree");
        this.families = new Families(requireNonNull(messages, "messages"), requireNonNull(rooms, "rooms"));
        this.clock = requireNonNull(clock, "clock");
        this.cache = Caffeine.newBuilder()
                .expireAfterWrite(REMEMBERED)
                .maximumWeight(MOST_BYTES)
                .<Seen, List<Publication>>weigher((_, publications) ->
                        64 + publications.stream().mapToInt(Publication::weight).sum())
                .executor(Runnable::run)
                .build();
    }

    /** The topic whose history an event is part of, where that is known without asking who looks at it. */
    public static Optional<Topic> topicOf(Event event) {
        return switch (event) {
            case MessageEvent message -> Optional.of(message.shown());
            case RoomEvent room -> Optional.of(room.change().room().topic());
            case JobEvent job -> Optional.of(JobFamily.topic(job));
            default -> Optional.empty();
        };
    }

    /** What an event is to one with these views; each publication's guard is still to be asked. */
    public List<Publication> of(Position position, Event event, List<View> views) {
        if (event instanceof TreeEvent node) {
            List<Publication> all = new ArrayList<>();
            for (View view : views) {
                all.addAll(cache.get(
                        new Seen(position.offset(), Optional.of(view)),
                        _ -> tree.replay(position, node, List.of(view))));
            }
            return all;
        }
        if (event instanceof MessageEvent message && message.expired(position.placedAt(), clock.millis())) {
            return List.of();
        }
        return cache.get(new Seen(position.offset(), Optional.empty()), _ -> render(position, event));
    }

    private List<Publication> render(Position position, Event event) {
        return families.of(position, event) instanceof Families.Published(List<Publication> publications)
                ? publications
                : List.of();
    }
}
