package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The verifier as the application wires it, with nothing configured. */
@QuarkusTest
@TestProfile(TokenVerifierTest.Profile.class)
class TokenVerifierTest {
    public static final class Profile implements QuarkusTestProfile {
        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(Key.class);
        }
    }

    @Alternative
    @Singleton
    public static class Key implements DevelopmentKey {
        @Override
        public PublicKey publicKey() {
            return TestKeys.pair("ES256").getPublic();
        }
    }

    @Inject
    TokenVerifier verifier;

    @Test
    void developmentKey() {
        String token =
                TestTokens.expiringAt(Instant.now().getEpochSecond() + 60).sign("ES256");

        assertThat(Verification.claims(verifier.verify(token)).username()).isEqualTo("alice");
        assertThat(Verification.reason(verifier.verify(token + "x")))
                .isEqualTo(TokenRejectedException.Reason.SIGNATURE);
    }
}
