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
import org.jboss.logging.Logger;

/**
 * Makes the verifier from the settings, at the start: with keys that cannot be used the application does not come up.
 * Keys behind a URL may be unreachable then; they are fetched once they are.
 */
@Singleton
final class TokenVerifierProducer {
    private static final Logger LOG = Logger.getLogger(TokenVerifierProducer.class);

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
        if (!developing) {
            warn(settings);
        }
    }

    private static void warn(AuthSettings settings) {
        if (settings.issuer().isEmpty()) {
            LOG.warnf("Tokens of every issuer with a known key are accepted: set %s.", AuthSettings.ISSUER);
        }
        if (settings.audiences().isEmpty()) {
            LOG.warnf("Tokens that were issued for other services are accepted: set %s.", AuthSettings.AUDIENCES);
        }
        if (settings.apiAudience().isEmpty()) {
            LOG.warn("A browser's token with the role of administrators opens the administration API: set"
                    + " switchboard.auth.api-audience.");
        }
        if (settings.tokenLifetime().isZero()) {
            LOG.warn("Tokens of every lifetime are accepted: set switchboard.auth.token-lifetime.");
        }
        if (settings.publicKeyLocation()
                .filter(location -> location.startsWith("http:"))
                .isPresent()) {
            LOG.warnf("Keys are fetched without TLS: use https in %s.", AuthSettings.PUBLIC_KEY_LOCATION);
        }
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

    @PreDestroy
    void stop() {
        verifier.close();
        keys.close();
    }
}
