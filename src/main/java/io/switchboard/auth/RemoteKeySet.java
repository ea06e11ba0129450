package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/**
 * A key set behind a URL, fetched when a token needs it. There is one fetch at a time, shared by all that wait for it.
 * Keys count as fresh for a set time whatever the server says of caching, because that is how long a withdrawn key
 * works; when they cannot be fetched again, the old ones serve for {@link #RETAINED} more.
 *
 * <p>jose4j's {@code HttpsJwks} is not used: it fetches for every token while the server is down, prolongs old keys
 * without end, and its resolver logs the header of the token.
 */
final class RemoteKeySet implements KeySource, AutoCloseable {
    /** For how long keys that could not be fetched again are used beyond their time. */
    static final Duration RETAINED = Duration.ofHours(1);

    private static final Logger LOG = Logger.getLogger(RemoteKeySet.class);
    private static final Unknown UNKNOWN = new Unknown();
    private static final Unavailable UNAVAILABLE = new Unavailable();

    /** What the last fetch left behind. */
    private record State(Optional<JwkSet> keys, long fetchedAt, long attemptedAt, boolean attempted, boolean failed) {}

    private final String name;
    private final KeyFetch fetch;
    private final Ticker ticker;
    private final long freshNanos;
    private final long retainedNanos;
    private final long intervalNanos;
    private final Object lock = new Object();

    private volatile State state = new State(Optional.empty(), 0, 0, false, false);
    private CompletableFuture<Void> inFlight; // guarded by lock; null: none

    /**
     * @param name the location as it may appear in logs
     * @param fresh for how long keys are used before they are fetched again
     * @param interval least time between two fetches for unknown keys, or after a failure
     */
    RemoteKeySet(String name, KeyFetch fetch, Duration fresh, Duration interval, Ticker ticker) {
        this.name = requireNonNull(name, "name");
        this.fetch = requireNonNull(fetch, "fetch");
        this.ticker = requireNonNull(ticker, "ticker");
        this.freshNanos = fresh.toNanos();
        this.retainedNanos = fresh.plus(RETAINED).toNanos();
        this.intervalNanos = interval.toNanos();
    }

    @Override
    public Answer find(JsonWebSignature token, boolean mayWait) {
        State now = state;
        long age = ticker.read() - now.fetchedAt;
        boolean fresh = now.keys.isPresent() && age < freshNanos;
        boolean retained = now.keys.isPresent() && now.failed && age < retainedNanos;
        if (fresh || retained) {
            Optional<Answer> found = now.keys.get().select(token).map(Found::new);
            if (found.isPresent()) {
                if (!fresh) {
                    renew();
                }
                return found.get();
            }
        }
        if (mayWait) {
            Optional<Answer> wait = renew().map(Wait::new);
            if (wait.isPresent()) {
                return wait.get();
            }
        }
        return fresh && !now.failed ? UNKNOWN : UNAVAILABLE;
    }

    /** Whether the keys have been fetched at least once; where not, starts a fetch if one is due. */
    boolean fetched() {
        if (state.keys.isPresent()) {
            return true;
        }
        Optional<CompletableFuture<Void>> _ = renew();
        return false;
    }

    /** Starts a fetch where one is due, or joins the one under way. */
    Optional<CompletableFuture<Void>> renew() {
        CompletableFuture<Void> done;
        synchronized (lock) {
            if (inFlight != null) {
                return Optional.of(inFlight);
            }
            if (!due(state)) {
                return Optional.empty();
            }
            done = new CompletableFuture<>();
            inFlight = done;
        }
        start(done);
        return Optional.of(done);
    }

    private boolean due(State last) {
        if (!last.attempted) {
            return true;
        }
        long now = ticker.read();
        boolean rested = now - last.attemptedAt >= intervalNanos;
        boolean expired = !last.failed && now - last.fetchedAt >= freshNanos;
        return rested || expired;
    }

    private void start(CompletableFuture<Void> done) {
        try {
            fetch.fetch().whenComplete((text, failure) -> {
                if (failure == null) {
                    accept(text, done);
                } else {
                    fail(failure, done);
                }
            });
        } catch (RuntimeException e) {
            fail(e, done);
        }
    }

    private void accept(String text, CompletableFuture<Void> done) {
        JwkSet keys;
        try {
            keys = JwkSet.parse(text);
        } catch (JoseException | RuntimeException e) {
            fail(e, done);
            return;
        }
        if (state.failed) {
            LOG.infof("The key set can be fetched again: location=%s", name);
        } else if (keys.keys().isEmpty()) {
            LOG.warnf("The key set holds no key that could verify a token: location=%s", name);
        }
        long now = ticker.read();
        end(new State(Optional.of(keys), now, now, true, false), done);
    }

    private void fail(Throwable failure, CompletableFuture<Void> done) {
        State before = state;
        if (!before.failed) {
            LOG.warnf(
                    "The key set cannot be fetched: location=%s, cause=%s. %s",
                    name,
                    describe(failure),
                    before.keys.isPresent()
                            ? "The keys that are known serve for a while; check the URL and the server."
                            : "No token can be verified until it can; check mp.jwt.verify.publickey.location and the"
                                    + " server.");
        }
        end(new State(before.keys, before.fetchedAt, ticker.read(), true, true), done);
    }

    /** Messages of exceptions hold the URL with its query, or the answer: only our own are shown. */
    private static String describe(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof HttpKeyFetch.StatusException
                ? cause.getMessage()
                : cause.getClass().getSimpleName();
    }

    private void end(State next, CompletableFuture<Void> done) {
        synchronized (lock) {
            state = next;
            inFlight = null;
        }
        done.complete(null);
    }

    @Override
    public void close() {
        if (fetch instanceof HttpKeyFetch http) {
            http.close();
        }
    }
}
