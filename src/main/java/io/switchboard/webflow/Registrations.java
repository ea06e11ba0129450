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

/**
 * Brings the authorization of an operation to the one session that waits for it, whichever of the two comes first.
 *
 * <p>Promise: at any time at most one session holds an id. Authorizations of an id reach its holder in the order in which they
 * came, each once, as soon as the holder is ready; what nobody is there to hear is kept for a while, within bounds, and what goes
 * beyond them is told to the listener. What was handed to a session that was lost without a word, its connection broken or its
 * peer silent, is handed to the next one again: it may hear a result that somebody has heard, and so may the operation. In memory
 * only.
 *
 * <p>Any thread, never blocks; sessions are called while no lock is held, by whichever thread finds something to tell them.
 */
public final class Registrations {
    /** Runs something later, on any thread. */
    public interface Timing {
        /** Runs a task that does not take long. */
        void after(Duration delay, Runnable task);
    }

    /** Hears what is lost. Any thread. */
    public interface Listener {
        void dropped(Dropped why);
    }

    private final Map<WebSocketId, Awaited> ids = new ConcurrentHashMap<>();
    private final Map<UUID, Member> members = new ConcurrentHashMap<>();
    private final WebFlowSettings settings;
    private final Tally tally;
    private final Timing timing;
    private final Awaited.Surroundings surroundings;

    /** @param ticker decides what is kept for how long */
    public Registrations(WebFlowSettings settings, Ticker ticker, Timing timing, Listener listener) {
        this.settings = requireNonNull(settings, "settings");
        this.tally = new Tally(settings, ticker);
        this.timing = requireNonNull(timing, "timing");
        requireNonNull(listener, "listener");
        this.surroundings = new Awaited.Surroundings() {
            @Override
            public void probe(Awaited.Probe probe) {
                Registrations.this.probe(probe);
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

    /**
     * A session wants to wait for an id. Where another one holds it, that one keeps it if its peer answers in time; of several who
     * ask meanwhile, the first that is still there is next.
     *
     * @param registrant to be followed by one {@link #release}, after which it asks for nothing more
     * @return whether it holds the id now; completed on any thread, before it is handed anything. Where that was done before this
     *     returned, what waited for it may have been handed over as well, so act on it at once
     */
    public CompletionStage<Boolean> register(WebSocketId id, Registrant registrant) {
        Member member = member(registrant);
        return change(id, awaited -> awaited.ask(member));
    }

    /** From now on authorizations are handed to the session. */
    public void ready(Registrant registrant) {
        heed(member(registrant), true);
    }

    /** From now on they are kept; one that is on its way already still arrives. */
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

    /**
     * An operation was authorized, or failed to be.
     *
     * @param operationId what the service calls the operation, where it said so
     * @param result whatever the service calls it
     */
    public void authorize(WebSocketId id, Optional<String> operationId, String result) {
        makeRoom();
        touch(id, awaited -> awaited.authorize(operationId, result));
    }

    /**
     * Somebody will wait for the id.
     *
     * @param operationId what the service calls the operation, where it said so
     */
    public void announce(WebSocketId id, Optional<String> operationId) {
        makeRoom();
        touch(id, awaited -> awaited.announce(operationId));
    }

    /**
     * A session has ended, and holds nothing any more.
     *
     * @param clean whether the peer said so: what it was handed has arrived
     * @return what it held, in the order in which it asked
     */
    public List<Registration> release(Registrant registrant, boolean clean) {
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

    /** Forgets what is over its time; to be called every now and then, so that it takes neither memory nor room. */
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

    /** How many ids are held. */
    public int registered() {
        return tally.registered().get();
    }

    /** How many authorizations wait for somebody to hear them. */
    public int kept() {
        return tally.waiting().get();
    }

    /** How many ids are announced. */
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
