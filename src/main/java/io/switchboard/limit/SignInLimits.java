package io.switchboard.limit;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import io.switchboard.session.SignInAttempts;
import java.time.Duration;
import java.util.Optional;

/**
 * Attempts to sign in, by address and by name: a minute's worth at once, and then so many a minute (the generic cell rate algorithm,
 * ITU-T I.371, in its virtual scheduling form). Those that are refused are not counted. What is at rest is forgotten, and of more
 * addresses and names than are remembered the ones that were seen least.
 */
public final class SignInLimits implements SignInAttempts {
    private static final int REMEMBERED = 100_000;

    private static final Duration PERIOD = Duration.ofMinutes(1);

    /** Instants at which everything may be tried at once again, by address or name. */
    private static final class Buckets {
        private final long intervalNanos;
        private final Cache<String, Long> fullNanos;

        private Buckets(int perPeriod, Ticker ticker) {
            this.intervalNanos = perPeriod == 0 ? 0 : PERIOD.toNanos() / perPeriod;
            this.fullNanos = Caffeine.newBuilder()
                    .maximumSize(REMEMBERED)
                    .expireAfterWrite(PERIOD.multipliedBy(2))
                    .ticker(ticker)
                    .executor(Runnable::run)
                    .build();
        }

        /** How long to wait; counts where it is not at all. */
        private long take(String key, long now) {
            if (intervalNanos == 0) {
                return 0;
            }
            long[] wait = {0};
            fullNanos.asMap().compute(key, (_, before) -> {
                long full = before == null || before - now < 0 ? now : before;
                wait[0] = Math.max(0, full + intervalNanos - now - PERIOD.toNanos());
                return wait[0] > 0 ? before : Long.valueOf(full + intervalNanos);
            });
            return wait[0];
        }
    }

    private final Ticker ticker;
    private final Buckets addresses;
    private final Buckets names;

    /**
     * @param perAddress attempts a minute; 0: any number
     * @param perName attempts a minute; 0: any number
     */
    public SignInLimits(int perAddress, int perName, Ticker ticker) {
        this.ticker = requireNonNull(ticker, "ticker");
        this.addresses = new Buckets(perAddress, ticker);
        this.names = new Buckets(perName, ticker);
    }

    @Override
    public long take(String address, Optional<String> name) {
        long now = ticker.read();
        long wait = addresses.take(address, now);
        return wait > 0 || name.isEmpty() ? wait : names.take(name.get(), now);
    }
}
