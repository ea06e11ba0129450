package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/** The registrations of one process, in memory only. */
public final class LocalRegistrations implements Registrations {
    /** Runs something later, on any thread. */
    public interface Timing {
        /** Runs a task that does not take long. */
        void after(Duration delay, Runnable task);
    }

    /** Hears what is lost. Any thread. */
    public interface Listener {
        void dropped(Dropped why);
    }

    /** Authorizations that are remembered of one id, handed over or not. */
    public static final int MOST_OF_ID = Awaited.MOST_KEPT;

    private final Map<WebSocketId, Awaited> ids = new ConcurrentHashMap<>();
    private final Map<UUID, Member> members = new ConcurrentHashMap<>();
    private final WebFlowSettings settings;
    private final Tally tally;
    private final Timing timing;
    private final Awaited.Surroundings surroundings;

    /** @param ticker decides what is kept for how long */
    public LocalRegistrations(WebFlowSettings settings, Ticker ticker, Timing timing, Listener listener) {
        this.settings = requireNonNull(settings, "settings");
        this.tally = new Tally(settings, ticker);
        this.timing = requireNonNull(timing, "timing");
        requireNonNull(listener, "listener");
        this.surroundings = new Awaited.Surroundings() {
            @Override
            public void probe(Awaited.Probe probe) {
                LocalRegistrations.this.probe(probe);
            }

            @Override
            public void dropped(Dropped why) {
                listener.dropped(why);
            }

            @Override
            public void forget(Awaited awaited) {
                ids.remove(awaited.id(), awaited);
            }
        };
    }

    @Override
    public CompletionStage<Boolean> register(WebSocketId id, Registrant registrant) {
        Member member = member(registrant);
        return change(id, awaited -> awaited.ask(member));
    }

    /**
     * A session holds the id that it held elsewhere, whether or not it is announced any more.
     *
     * @return {@code false}: another one holds it
     */
    public boolean resume(WebSocketId id, Registrant registrant) {
        Member member = member(registrant);
        return change(id, awaited -> awaited.resume(member));
    }

    @Override
    public void ready(Registrant registrant) {
        heed(member(registrant), true);
    }

    @Override
    public void unready(Registrant registrant) {
        Member member = members.get(registrant.session());
        if (member != null) {
            heed(member, false);
        }
    }

    private void heed(Member member, boolean ready) {
        for (WebSocketId id : member.setReady(ready)) {
            touch(id, awaited -> awaited.heed(member));
        }
    }

    private Member member(Registrant registrant) {
        return members.computeIfAbsent(
                registrant.session(), _ -> new Member(registrant, settings.registrationsPerSession()));
    }

    @Override
    public CompletionStage<Void> authorize(WebSocketId id, Optional<String> operationId, String result) {
        keep(id, operationId, result);
        return CompletableFuture.completedStage(null);
    }

    /** The same at once. */
    void keep(WebSocketId id, Optional<String> operationId, String result) {
        keep(id, operationId, result, settings.authorizationsKept());
    }

    /**
     * As {@link #authorize}, at once.
     *
     * @param most how long it is kept at most
     */
    public void keep(WebSocketId id, Optional<String> operationId, String result, Duration most) {
        makeRoom();
        touch(id, awaited -> awaited.authorize(operationId, result, tally.after(most)));
    }

    @Override
    public CompletionStage<Void> announce(WebSocketId id, Optional<String> operationId) {
        expect(id, operationId);
        return CompletableFuture.completedStage(null);
    }

    /** The same at once. */
    void expect(WebSocketId id, Optional<String> operationId) {
        expect(id, operationId, settings.announcementsKept());
    }

    /**
     * As {@link #announce}, at once.
     *
     * @param most how long it is remembered at most
     */
    public void expect(WebSocketId id, Optional<String> operationId, Duration most) {
        makeRoom();
        touch(id, awaited -> awaited.announce(operationId, tally.after(most)));
    }

    @Override
    public CompletionStage<List<Registration>> release(Registrant registrant, boolean clean) {
        return CompletableFuture.completedStage(end(registrant, clean));
    }

    /** The same at once. */
    public List<Registration> end(Registrant registrant, boolean clean) {
        Member member = members.remove(registrant.session());
        if (member == null) {
            return List.of();
        }
        List<Registration> held = new ArrayList<>();
        for (WebSocketId id : member.end()) {
            makeRoom();
            Optional<Registration> one = change(id, awaited -> awaited.release(member, clean));
            one.ifPresent(held::add);
        }
        return held;
    }

    /** Somebody else decides about these ids now: nothing of them is left here, and nobody is told. Sessions are to be released. */
    public void forget(Predicate<WebSocketId> which) {
        ids.values().stream()
                .filter(awaited -> which.test(awaited.id()))
                .toList()
                .forEach(Awaited::drop);
    }

    @Override
    public void sweep() {
        long now = tally.now();
        Optional<WebSocketId> next = over(now);
        while (next.isPresent()) {
            // whatever is done to an id begins with that
            touch(next.get(), _ -> {});
            next = over(now);
        }
    }

    private Optional<WebSocketId> over(long nowNanos) {
        return tally.kept()
                .poll(nowNanos)
                .map(Awaited.Kept::id)
                .or(() -> tally.announced().poll(nowNanos).map(Awaited::id));
    }

    /** What is over its time must not be why something new is dropped. */
    private void makeRoom() {
        if (tally.isFull() || tally.announced().isFull()) {
            sweep();
        }
    }

    @Override
    public int registered() {
        return tally.registered().get();
    }

    @Override
    public int kept() {
        return tally.waiting().get();
    }

    @Override
    public int announced() {
        return tally.announced().size();
    }

    /** How many ids and sessions something is known of. */
    int size() {
        return ids.size() + members.size();
    }

    // One id

    private <T> T change(WebSocketId id, Function<Awaited, T> step) {
        while (true) {
            Awaited awaited = ids.computeIfAbsent(
                    id,
                    key -> new Awaited(key, settings.mode() == WebFlowSettings.Mode.ANNOUNCED, tally, surroundings));
            Optional<T> result = awaited.change(step);
            if (result.isPresent()) {
                awaited.tell();
                return result.get();
            }
        }
    }

    private void touch(WebSocketId id, Consumer<Awaited> step) {
        boolean _ = change(id, awaited -> {
            step.accept(awaited);
            return true;
        });
    }

    private void probe(Awaited.Probe probe) {
        timing.after(settings.probeTimeout(), () -> probed(probe, false));
        CompletionStage<Boolean> _ = asked(probe.holder())
                .whenComplete((alive, failure) -> probed(probe, failure == null && Boolean.TRUE.equals(alive)));
    }

    /** A session that cannot even be asked is not there. */
    private static CompletionStage<Boolean> asked(Registrant holder) {
        try {
            return requireNonNull(holder.probe(), "probe");
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void probed(Awaited.Probe probe, boolean alive) {
        makeRoom();
        touch(probe.id(), awaited -> awaited.probed(probe, alive));
    }
}
