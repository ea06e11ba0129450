package io.switchboard.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.switchboard.config.SwitchboardConfig;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/**
 * Makes the verifier from the settings, at the start: with keys that cannot be used the application does not come up.
 * Keys behind a URL may be unreachable then; they are fetched once they are.
 */
@Singleton
final class TokenVerifierProducer {
    /** How many tokens may wait to be verified; a token more is refused. */
    private static final int MAX_WAITING = 10_000;

    private final VerificationKeys keys;
    private final JwtTokenVerifier verifier;

    TokenVerifierProducer(
            SwitchboardConfig switchboard,
            Config config,
            Instance<DevelopmentKey> development,
            Revocations revocations,
            Clock clock) {
        AuthSettings settings = AuthSettings.of(switchboard, config);
        Ticker ticker = Ticker.systemTicker();
        KeyLoader loader = new KeyLoader(settings, ticker);
        boolean developing = LaunchMode.current().isDevOrTest();
        keys = developing
                ? loader.load(
                        development.isResolvable()
                                ? Optional.of(development.get().publicKey())
                                : Optional.empty())
                : loader.load();
        verifier = new JwtTokenVerifier(
                settings,
                new TokenParser(keys, settings, clock),
                new ClaimsReader(switchboard.auth().claims()),
                new ClaimsCache(clock, ticker),
                revocations,
                new Workers(2 * Runtime.getRuntime().availableProcessors(), MAX_WAITING),
                clock);
    }

    void start(@Observes StartupEvent event) {
        if (keys.source() instanceof RemoteKeySet remote) {
            remote.renew();
        }
    }

    @Produces
    @Singleton
    TokenVerifier verifier() {
        return verifier;
    }

    @Produces
    @Singleton
    ApiTokenVerifier apiVerifier() {
        return verifier.forApi();
    }

    @Produces
    @Singleton
    KeyStatus keyStatus() {
        return () -> !(keys.source() instanceof RemoteKeySet remote) || remote.fetched();
    }

    @PreDestroy
    void stop() {
        verifier.close();
        keys.close();
    }
}
