package io.switchboard.presence;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Topic;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Who is there, over all sessions of a user in all dialects. One who comes back within the grace was never away; of one user
 * others hear at most once a second, and nothing where it is as it was by then. Any thread; what happens to one user is decided
 * by one loop, in order.
 */
public final class Presences {
    /** The least time between two announcements of one user. */
    static final Duration PACE = Duration.ofSeconds(1);

    private static final String FIRST = "presence";

    /** Users who were here, and of whom it is remembered when. */
    private static final int MOST_REMEMBERED = 10_000;

    private static final Duration LONGEST_REMEMBERED = Duration.ofDays(1);

    /** A user who is here, or was a moment ago. */
    private static final class Here {
        private final String user;
        private final Loop loop;
        private int connections;
        /** When the last connection ended, by the loop's clock. */
        private long leftNanos;

        private OptionalLong lastSeen = OptionalLong.empty();
        private Optional<String> status = Optional.empty();
        private Optional<String> metadata = Optional.empty();
        private Presence announced;
        /** From when on the next may be announced; null: at once. */
        private Long due;

        private boolean waiting;

        private Here(String user, Loop loop) {
            this.user = user;
            this.loop = loop;
            this.announced = Presence.unknown(user);
        }
    }

    /** Where those are found who want to hear of a user. */
    public static Topic topicOf(String user) {
        return Topic.of(FIRST, user);
    }

    /** The user whom those want to hear of who subscribe to the topic; empty: it is about something else. */
    public static Optional<String> userOf(Topic topic) {
        List<String> segments = topic.segments();
        return segments.size() == 2 && segments.getFirst().equals(FIRST)
                ? Optional.of(segments.getLast())
                : Optional.empty();
    }

    private final Map<String, Here> here = new ConcurrentHashMap<>();
    private final Cache<String, Presence> gone = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterWrite(LONGEST_REMEMBERED)
            .executor(Runnable::run)
            .build();
    private final Owners owners;
    private final Clock clock;
    private final Duration grace;
    private final Consumer<Presence> announce;

    /**
     * @param grace how long somebody whose last connection ended counts as being here
     * @param announce tells those who want to know; called on the user's loop
     */
    public Presences(Owners owners, Clock clock, Duration grace, Consumer<Presence> announce) {
        this.owners = requireNonNull(owners, "owners");
        this.clock = requireNonNull(clock, "clock");
        this.grace = requireNonNull(grace, "grace");
        this.announce = requireNonNull(announce, "announce");
    }

    /** A user has a connection more; to be followed by one {@link #leave}. */
    public void arrive(String user) {
        Loop loop = owners.of(user);
        loop.execute(() -> {
            Here one = here.computeIfAbsent(user, name -> new Here(name, loop));
            one.connections++;
            one.lastSeen = OptionalLong.empty();
            changed(one);
        });
    }

    /** A connection of a user has ended. */
    public void leave(String user) {
        owners.of(user).execute(() -> {
            Here one = here.get(user);
            if (one != null && --one.connections == 0) {
                one.leftNanos = one.loop.nanoTime();
                one.lastSeen = OptionalLong.of(clock.millis());
                one.loop.schedule(() -> graceOver(one), grace.toNanos());
            }
        });
    }

    private void graceOver(Here one) {
        if (one.connections == 0 && one.loop.nanoTime() - one.leftNanos >= grace.toNanos()) {
            one.status = Optional.empty();
            one.metadata = Optional.empty();
            changed(one);
        }
    }

    /** A user who is here says how that is to be called; until the last connection has ended. */
    public void set(String user, String status, Optional<String> metadata) {
        owners.of(user).execute(() -> {
            Here one = here.get(user);
            if (one != null) {
                one.status = Optional.of(status);
                one.metadata = metadata;
                changed(one);
            }
        });
    }

    private boolean isHere(Here one) {
        return one.connections > 0 || one.loop.nanoTime() - one.leftNanos < grace.toNanos();
    }

    private Presence state(Here one) {
        if (!isHere(one)) {
            return new Presence(one.user, Presence.OFFLINE, one.lastSeen, Optional.empty());
        }
        String status = one.status.orElse(Presence.ONLINE);
        // who wants to seem away is not given away by being seen
        OptionalLong lastSeen =
                status.equals(Presence.OFFLINE) ? OptionalLong.empty() : OptionalLong.of(clock.millis());
        return new Presence(one.user, status, lastSeen, one.metadata);
    }

    /** Tells now, or later where that was done a moment ago. */
    private void changed(Here one) {
        if (one.waiting) {
            return;
        }
        Presence state = state(one);
        if (state.looksLike(one.announced)) {
            forget(one, state);
            return;
        }
        long now = one.loop.nanoTime();
        if (one.due == null || now - one.due >= 0) {
            one.due = now + PACE.toNanos();
            one.announced = state;
            announce.accept(state);
            forget(one, state);
            return;
        }
        one.waiting = true;
        one.loop.schedule(
                () -> {
                    one.waiting = false;
                    changed(one);
                },
                one.due - now);
    }

    private void forget(Here one, Presence state) {
        if (!isHere(one) && here.remove(one.user, one)) {
            gone.put(one.user, state);
        }
    }

    /** What others see of these users now, in their order. */
    public CompletionStage<List<Presence>> of(List<String> users) {
        List<CompletableFuture<Presence>> answers = new ArrayList<>(users.size());
        for (String user : users) {
            CompletableFuture<Presence> answer = new CompletableFuture<>();
            owners.of(user).execute(() -> {
                Here one = here.get(user);
                Presence before = gone.getIfPresent(user);
                answer.complete(one != null ? state(one) : before != null ? before : Presence.unknown(user));
            });
            answers.add(answer);
        }
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(_ -> answers.stream().map(CompletableFuture::join).toList());
    }

    /** How many users are here. */
    public int size() {
        return here.size();
    }
}
