package io.switchboard.presence;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Owners;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The presences of this process alone, or of those users about whom it decides; what happens to one user is decided by one loop, in
 * order. Any thread.
 */
public final class LocalPresences implements Presences {
    /** The least time between two announcements of one user. */
    static final Duration PACE = Duration.ofSeconds(1);

    static final String FIRST = "presence";

    /** Users who were here, and of whom it is remembered when. */
    private static final int MOST_REMEMBERED = 10_000;

    /** How long what is to be told waits while nobody may decide. */
    private static final Duration RETRY = Duration.ofMillis(100);

    private static final Duration LONGEST_REMEMBERED = Duration.ofDays(1);

    /** A user who is here, or was a moment ago. */
    private static final class Here {
        private final String user;
        private final Loop loop;
        private int connections;
        /** Said by somebody who decided before; that may be over. */
        private boolean presumed;
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
    private final BooleanSupplier acting;

    /** Those of this process alone. */
    public LocalPresences(Owners owners, Clock clock, Duration grace, Consumer<Presence> announce) {
        this(owners, clock, grace, announce, () -> true);
    }

    /**
     * @param grace how long somebody whose last connection ended counts as being here
     * @param announce tells those who want to know; called on the user's loop
     * @param acting whether it may decide at this instant; while it may not, nobody is told anything. Any thread
     */
    public LocalPresences(
            Owners owners, Clock clock, Duration grace, Consumer<Presence> announce, BooleanSupplier acting) {
        this.owners = requireNonNull(owners, "owners");
        this.clock = requireNonNull(clock, "clock");
        this.grace = requireNonNull(grace, "grace");
        this.announce = requireNonNull(announce, "announce");
        this.acting = requireNonNull(acting, "acting");
    }

    @Override
    public void arrive(String user) {
        arrive(user, Optional.empty(), Optional.empty());
    }

    /**
     * A user has a connection more, which others may know of already.
     *
     * @param told what others were told of the user, where nothing is known here
     * @param said how the user wants that to be called
     */
    public void arrive(String user, Optional<Presence> told, Optional<Presence> said) {
        Loop loop = owners.of(user);
        loop.execute(() -> {
            Here before = here.get(user);
            Here one = before == null ? new Here(user, loop) : before;
            if (before == null) {
                here.put(user, one);
                one.announced = told.orElse(one.announced);
            }
            one.connections++;
            one.presumed = false;
            one.lastSeen = OptionalLong.empty();
            said.ifPresent(how -> say(one, how.status(), how.metadata()));
            changed(one);
        });
    }

    @Override
    public void leave(String user) {
        owners.of(user).execute(() -> {
            Here one = here.get(user);
            if (one != null && one.connections > 0 && --one.connections == 0) {
                left(one);
            }
        });
    }

    private void left(Here one) {
        one.leftNanos = one.loop.nanoTime();
        one.lastSeen = OptionalLong.of(clock.millis());
        one.loop.schedule(() -> graceOver(one), grace.toNanos());
    }

    // Where somebody else decided before, or will

    /** Others were told of a user that this one is here; who decided that is gone. No more than that is known so far. */
    public void presume(Presence told) {
        Loop loop = owners.of(told.user());
        loop.execute(() -> {
            if (!here.containsKey(told.user())) {
                Here one = new Here(told.user(), loop);
                one.presumed = true;
                one.announced = told;
                if (!told.status().equals(Presence.ONLINE) || told.metadata().isPresent()) {
                    say(one, told.status(), told.metadata());
                }
                here.put(told.user(), one);
            }
        });
    }

    /** Whoever is presumed to be here and has not come by now is away, after the grace. */
    public void endPresumptions() {
        onEach(one -> {
            if (one.presumed) {
                one.presumed = false;
                left(one);
            }
        });
    }

    /** It seems that others were told nothing of these users: that is done now. */
    public void tell(Set<String> users) {
        onEach(one -> {
            if (users.contains(one.user)) {
                one.announced = Presence.unknown(one.user);
                changed(one);
            }
        });
    }

    /** Somebody else decides about these users now, as far as they were said before this: nobody is told anything of them. */
    public void forget(Predicate<String> users) {
        onEach(one -> {
            if (users.test(one.user)) {
                here.remove(one.user, one);
                gone.invalidate(one.user);
            }
        });
    }

    /**
     * What others were told of those who are online.
     *
     * @param users of whom
     * @param some called on each loop of users, with theirs
     */
    public void told(Predicate<String> users, Consumer<List<Presence>> some) {
        for (Loop loop : owners.loops()) {
            loop.execute(() -> some.accept(here.values().stream()
                    .filter(one -> one.loop.equals(loop) && users.test(one.user))
                    .map(one -> one.announced)
                    .filter(told -> !told.status().equals(Presence.OFFLINE))
                    .toList()));
        }
    }

    private void onEach(Consumer<Here> task) {
        for (Loop loop : owners.loops()) {
            // behind what was said before, of users of whom nothing is known yet
            loop.execute(() -> {
                for (Here one : List.copyOf(here.values())) {
                    if (one.loop.equals(loop)) {
                        task.accept(one);
                    }
                }
            });
        }
    }

    private void graceOver(Here one) {
        if (!isHere(one)) {
            one.status = Optional.empty();
            one.metadata = Optional.empty();
            changed(one);
        }
    }

    @Override
    public void set(String user, String status, Optional<String> metadata) {
        owners.of(user).execute(() -> {
            Here one = here.get(user);
            if (one != null) {
                say(one, status, metadata);
                changed(one);
            }
        });
    }

    private static void say(Here one, String status, Optional<String> metadata) {
        one.status = Optional.of(status);
        one.metadata = metadata;
    }

    private boolean isHere(Here one) {
        return one.connections > 0 || one.presumed || one.loop.nanoTime() - one.leftNanos < grace.toNanos();
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
        if (one.waiting || !one.equals(here.get(one.user))) {
            return;
        }
        Presence state = state(one);
        if (state.looksLike(one.announced)) {
            forget(one, state);
            return;
        }
        long now = one.loop.nanoTime();
        boolean paced = one.due == null || now - one.due >= 0;
        if (paced && acting.getAsBoolean()) {
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
                paced ? RETRY.toNanos() : one.due - now);
    }

    private void forget(Here one, Presence state) {
        if (!isHere(one) && here.remove(one.user, one)) {
            gone.put(one.user, state);
        }
    }

    @Override
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

    @Override
    public int size() {
        return here.size();
    }
}
