package io.switchboard.limit;

import static java.util.Objects.requireNonNull;

import io.switchboard.session.CommandKind;
import io.switchboard.session.CommandRates;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Rates by kind of command, each kept as the one instant at which its bucket is full again (the generic cell rate algorithm,
 * ITU-T I.371, in its virtual scheduling form). What is refused is not counted: who waits as told is let through.
 *
 * <p>A user is forgotten when all that they may send at once is theirs again; so no more users are remembered than were at work a
 * moment ago, and should there be too many of those, the further ones are bounded by session alone.
 */
public final class CommandLimits implements CommandRates {
    /** Users and kinds that are remembered. */
    private static final int MOST_USERS = 200_000;

    /** Fewer are not worth looking through. */
    private static final int FEW_USERS = 1024;

    private static final long NANOS_PER_SECOND = Duration.ofSeconds(1).toNanos();

    /**
     * How many commands of a kind there may be.
     *
     * @param perSession a second from one session; 0: any number
     * @param perUser a second from all sessions of a user; 0: any number
     * @param burst that may come at once, from either; 0: those of a second
     */
    public record Rate(int perSession, int perUser, int burst) {
        /** Any number. */
        public static final Rate UNBOUNDED = new Rate(0, 0, 0);
    }

    /** One bucket's size and how it fills. */
    private record Bucket(long intervalNanos, long toleranceNanos) {
        static Bucket of(int perSecond, int burst) {
            long interval = perSecond == 0 ? 0 : NANOS_PER_SECOND / perSecond;
            return new Bucket(interval, interval * ((burst == 0 ? perSecond : burst) - 1L));
        }

        boolean isUnbounded() {
            return intervalNanos == 0;
        }

        /** For how long to wait. */
        long wait(long fullNanos, long nowNanos) {
            return Math.max(0, fullNanos - nowNanos - toleranceNanos);
        }

        /** When it is full again after one more. */
        long next(long fullNanos, long nowNanos) {
            return (fullNanos - nowNanos < 0 ? nowNanos : fullNanos) + intervalNanos;
        }
    }

    private record UserKind(String user, CommandKind kind) {}

    private final Map<CommandKind, Bucket> ofSessions = new EnumMap<>(CommandKind.class);
    private final Map<CommandKind, Bucket> ofUsers = new EnumMap<>(CommandKind.class);
    private final ConcurrentMap<UserKind, Long> users = new ConcurrentHashMap<>();
    private final ReentrantLock sweeping = new ReentrantLock();
    private volatile int sweepAt = FEW_USERS;

    /** @param rates for those kinds that are bounded */
    public CommandLimits(Map<CommandKind, Rate> rates) {
        requireNonNull(rates, "rates");
        for (CommandKind kind : CommandKind.values()) {
            Rate rate = rates.getOrDefault(kind, Rate.UNBOUNDED);
            ofSessions.put(kind, Bucket.of(rate.perSession(), rate.burst()));
            ofUsers.put(kind, Bucket.of(rate.perUser(), rate.burst()));
        }
    }

    /** Users that are remembered, each once for a kind of command. */
    public int size() {
        return users.size();
    }

    @Override
    public OfSession begin(long nowNanos) {
        // kinds that were never asked for have no entry: most sessions use one or two
        Map<CommandKind, Long> full = new EnumMap<>(CommandKind.class);
        return (kind, user, now) -> {
            Bucket own = requireNonNull(ofSessions.get(kind));
            long before = full.getOrDefault(kind, nowNanos);
            long wait = own.wait(before, now);
            if (wait == 0) {
                wait = takeOfUser(kind, user, now);
            }
            if (wait == 0 && !own.isUnbounded()) {
                full.put(kind, own.next(before, now));
            }
            return wait;
        };
    }

    private long takeOfUser(CommandKind kind, String user, long now) {
        Bucket bucket = requireNonNull(ofUsers.get(kind));
        if (bucket.isUnbounded()) {
            return 0;
        }
        UserKind key = new UserKind(user, kind);
        while (true) {
            Long full = users.get(key);
            if (full == null) {
                if (users.size() >= MOST_USERS) {
                    sweep(now);
                    if (users.size() >= MOST_USERS) {
                        return 0;
                    }
                }
                if (users.putIfAbsent(key, bucket.next(now, now)) == null) {
                    if (users.size() > sweepAt) {
                        sweep(now);
                    }
                    return 0;
                }
            } else {
                long wait = bucket.wait(full, now);
                if (wait > 0) {
                    return wait;
                }
                if (users.replace(key, full, bucket.next(full, now))) {
                    return 0;
                }
            }
        }
    }

    /** Forgets who is at rest; only one thread at a time looks. */
    private void sweep(long now) {
        if (sweeping.tryLock()) {
            try {
                users.values().removeIf(full -> full - now <= 0);
                sweepAt = Math.max(FEW_USERS, 2 * users.size());
            } finally {
                sweeping.unlock();
            }
        }
    }
}
