package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.config.SwitchboardConfig;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A verifier as the application makes it, from the text of its settings. */
final class Verification implements AutoCloseable {
    final TestTime time = new TestTime();
    private Revocations revocations;
    private final Map<String, String> properties = new HashMap<>();
    private VerificationKeys keys;
    private JwtTokenVerifier verifier;

    static Verification with(String name, String value) {
        return new Verification().and(name, value);
    }

    Verification and(String name, String value) {
        properties.put(name, value);
        return this;
    }

    static SmallRyeConfig config(Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .addDefaultInterceptors()
                .withDefaultValues(properties)
                .withMapping(SwitchboardConfig.class)
                .build();
    }

    AuthSettings settings() {
        SmallRyeConfig config = config(properties);
        return AuthSettings.of(config.getConfigMapping(SwitchboardConfig.class), config);
    }

    VerificationKeys keys() {
        if (keys == null) {
            Ticker ticker = time.ticker();
            keys = new KeyLoader(settings(), ticker).load();
        }
        return keys;
    }

    JwtTokenVerifier verifier() {
        if (verifier == null) {
            verifier = verifier(keys(), new Workers(2, 8));
        }
        return verifier;
    }

    JwtTokenVerifier verifier(VerificationKeys with, Workers workers) {
        AuthSettings settings = settings();
        SwitchboardConfig switchboard = config(properties).getConfigMapping(SwitchboardConfig.class);
        return new JwtTokenVerifier(
                settings,
                new TokenParser(with, settings, time),
                new ClaimsReader(switchboard.auth().claims()),
                new ClaimsCache(time, time.ticker()),
                revocations(),
                workers,
                time);
    }

    /** Takes something away from the tokens of until now; whether it is remembered. */
    boolean revoke(Revocation.Scope scope) {
        return revocations().remember(revocations().now(scope));
    }

    Revocations revocations() {
        if (revocations == null) {
            AuthSettings settings = settings();
            revocations = new Revocations(time, time.ticker(), settings.clockSkew(), settings.tokenLifetime(), 1000);
        }
        return revocations;
    }

    Claims accepts(String token) {
        return claims(verifier().verify(token));
    }

    void refuses(String token, Reason reason) {
        assertThat(reason(verifier().verify(token))).isEqualTo(reason);
    }

    static Claims claims(CompletionStage<Claims> result) {
        try {
            return result.toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    static Reason reason(CompletionStage<Claims> result) {
        return rejection(result).reason();
    }

    static TokenRejectedException rejection(CompletionStage<Claims> result) {
        try {
            throw new AssertionError("accepted: " + result.toCompletableFuture().get(20, TimeUnit.SECONDS));
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(TokenRejectedException.class).hasNoCause();
            return (TokenRejectedException) e.getCause();
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        if (verifier != null) {
            verifier.close();
        }
        if (keys != null) {
            keys.close();
        }
    }
}
