package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwe.JsonWebEncryption;
import org.jose4j.jwk.PublicJsonWebKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwtTokenVerifierTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private Verification verification = key("RS256");

    @AfterEach
    void close() {
        verification.close();
    }

    private static Verification key(String algorithm) {
        return Verification.with("mp.jwt.verify.publickey", TestKeys.pem(TestKeys.pair(algorithm)));
    }

    private TestTokens token() {
        return TestTokens.expiringAt(verification.time.second() + 600);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void everyAsymmetricAlgorithm(String algorithm) {
        verification = key(algorithm);

        assertThat(verification.accepts(token().sign(algorithm)).username()).isEqualTo("alice");
        verification.refuses(token().sign(algorithm, TestKeys.pair(algorithm, 1).getPrivate()), Reason.SIGNATURE);
        String token = token().claim("n", 1).sign(algorithm);
        String other = token().claim("n", 2).sign(algorithm);
        verification.refuses(
                token.substring(0, token.lastIndexOf('.')) + other.substring(other.lastIndexOf('.')), Reason.SIGNATURE);
        verification.refuses(token.substring(0, token.lastIndexOf('.') + 9), Reason.SIGNATURE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void everySymmetricAlgorithm(String algorithm) {
        verification = Verification.with("smallrye.jwt.verify.secretkey", SECRET)
                .and("switchboard.auth.algorithms", algorithm);

        assertThat(verification.accepts(token().sign(algorithm, hmac(SECRET))).username())
                .isEqualTo("alice");
        verification.refuses(token().sign(algorithm, hmac(SECRET + "x")), Reason.SIGNATURE);
        verification.refuses(token().sign("RS256"), Reason.SIGNATURE);
    }

    private static SecretKeySpec hmac(String secret) {
        return new SecretKeySpec(secret.getBytes(UTF_8), "HMAC");
    }

    /** Even where services and browsers have their tokens signed with one key. */
    @Test
    void theTokenOfACallToAServiceIsNotForSigningIn() {
        verification.refuses(token().claim("type", "websocket").sign("RS256"), Reason.CLAIMS);
        verification.accepts(token().claim("type", "user").sign("RS256"));
    }

    @Test
    void publicKeyIsNoSecret() {
        String pem = TestKeys.pem(TestKeys.pair("RS256"));

        verification.refuses(token().sign("HS256", hmac(pem)), Reason.SIGNATURE);
        verification.refuses(token().sign("HS256", hmac(pem.strip())), Reason.SIGNATURE);
        verification.refuses(
                token().sign(
                                "HS256",
                                new SecretKeySpec(
                                        TestKeys.pair("RS256").getPublic().getEncoded(), "HMAC")),
                Reason.SIGNATURE);
    }

    @Test
    void noSignatureIsNoToken() {
        verification.refuses(token().sign("none", null), Reason.MALFORMED);
        verification.refuses(token().sign("none", null) + "AAAA", Reason.SIGNATURE);
        String signed = token().sign("RS256");
        String header = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8));
        verification.refuses(header + signed.substring(signed.indexOf('.')), Reason.SIGNATURE);
    }

    @Test
    void onlyTheAlgorithmsOfTheList() {
        verification.and("switchboard.auth.algorithms", "RS384,ES256");

        verification.accepts(token().sign("RS384"));
        verification.refuses(token().sign("RS256"), Reason.SIGNATURE);
        verification.refuses(token().sign("PS384"), Reason.SIGNATURE);
        verification.refuses(token().sign("ES256"), Reason.SIGNATURE);
    }

    @Test
    void standardNameOfTheAlgorithm() {
        verification.and("mp.jwt.verify.publickey.algorithm", "RS512");

        verification.accepts(token().sign("RS512"));
        verification.refuses(token().sign("RS256"), Reason.SIGNATURE);
    }

    @Test
    void issuer() {
        verification.and("mp.jwt.verify.issuer", "https://id.example.org");

        verification.accepts(token().claim("iss", "https://id.example.org").sign("RS256"));
        verification.refuses(token().claim("iss", "https://id.example.net").sign("RS256"), Reason.ISSUER);
        verification.refuses(token().sign("RS256"), Reason.ISSUER);
    }

    @Test
    void audience() {
        verification.and("mp.jwt.verify.audiences", "switchboard, events");

        verification.accepts(token().claim("aud", "switchboard").sign("RS256"));
        verification.accepts(token().claim("aud", List.of("other", "events")).sign("RS256"));
        verification.refuses(token().claim("aud", List.of("other")).sign("RS256"), Reason.AUDIENCE);
        verification.refuses(token().claim("aud", "other").sign("RS256"), Reason.AUDIENCE);
        verification.refuses(token().sign("RS256"), Reason.AUDIENCE);
    }

    @Test
    void anyAudienceWithoutTheSetting() {
        verification.accepts(token().claim("aud", "other").sign("RS256"));
    }

    @Test
    void expiryIsExact() {
        long now = verification.time.second();

        assertThat(verification
                        .accepts(TestTokens.expiringAt(now + 1).sign("RS256"))
                        .expiresAt())
                .isEqualTo(Instant.ofEpochSecond(now + 1));
        verification.refuses(TestTokens.expiringAt(now).sign("RS256"), Reason.EXPIRED);
        verification.refuses(TestTokens.expiringAt(now - 1).sign("RS256"), Reason.EXPIRED);
        verification.refuses(TestTokens.expiringAt(now - 100_000).sign("RS256"), Reason.EXPIRED);
    }

    @Test
    void skewIsAddedToTheExpiry() {
        verification.and("switchboard.auth.clock-skew", "5s");
        long now = verification.time.second();

        assertThat(verification
                        .accepts(TestTokens.expiringAt(now - 4).sign("RS256"))
                        .expiresAt())
                .isEqualTo(Instant.ofEpochSecond(now + 1));
        verification.refuses(TestTokens.expiringAt(now - 5).sign("RS256"), Reason.EXPIRED);
        verification.accepts(
                token().claim("nbf", Instant.now().getEpochSecond() + 3).sign("RS256"));
    }

    @Test
    void notBefore() {
        long real = Instant.now().getEpochSecond();

        verification.accepts(token().claim("nbf", real - 1).sign("RS256"));
        verification.refuses(token().claim("nbf", real + 300).sign("RS256"), Reason.NOT_YET_VALID);
        verification.refuses(token().claim("nbf", "soon").sign("RS256"), Reason.CLAIMS);
    }

    @Test
    void notBeforeOnOurClock() {
        verification.time.pass(Duration.ofDays(-1));

        verification.refuses(
                TestTokens.expiringAt(Instant.now().getEpochSecond() + 600)
                        .claim("nbf", Instant.now().getEpochSecond() - 60)
                        .sign("RS256"),
                Reason.NOT_YET_VALID);
    }

    @Test
    void issuedAtIsNotRequiredButExpiryIs() {
        verification.accepts(token().sign("RS256"));
        verification.accepts(
                token().claim("iat", verification.time.second() + 60).sign("RS256"));
        verification.refuses(token().without("exp").sign("RS256"), Reason.CLAIMS);
        verification.refuses(token().claim("exp", "later").sign("RS256"), Reason.CLAIMS);
        verification.refuses(token().claim("exp", null).sign("RS256"), Reason.CLAIMS);
    }

    @Test
    void partsOfSeconds() {
        long now = verification.time.second();

        assertThat(verification
                        .accepts(token().claim("exp", new BigDecimal(now + 2 + ".75"))
                                .claim("iat", new BigDecimal(now + ".5"))
                                .sign("RS256"))
                        .expiresAt())
                .isEqualTo(Instant.ofEpochSecond(now + 2));
        verification.refuses(token().claim("exp", new BigDecimal(now + ".9")).sign("RS256"), Reason.EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"99999999999999", "9223372036854775807", "1e300", "99999999999999999999999"})
    void anExpiryFarAway(String exp) {
        verification.and("switchboard.auth.token-lifetime", "0");
        String token =
                token().sign("RS256", TestKeys.pair("RS256").getPrivate(), "{\"name\":\"alice\",\"exp\":" + exp + "}");

        CompletionStage<Claims> result = verification.verifier().verify(token);

        // a number that JSON parsers differ on may be refused, but nothing breaks
        result.toCompletableFuture().exceptionally(_ -> null).join();
        if (result.toCompletableFuture().isCompletedExceptionally()) {
            assertThat(Verification.reason(result)).isIn(Reason.CLAIMS, Reason.MALFORMED, Reason.EXPIRED);
        } else {
            assertThat(Verification.claims(result).expiresAt()).isEqualTo(Instant.parse("9999-12-31T23:59:59Z"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "abc",
                "a.b",
                "a.b.c",
                "..",
                "a..c",
                ".b.c",
                "a.b.",
                "a.b.c.d",
                "a.b.c.d.e",
                "{}",
                "Bearer a.b.c",
                "e30.e30.e30",
                "bnVsbA.e30.AAAA",
                "W10.e30.AAAA",
                "eyJhbGciOjF9.e30.AAAA",
                "\u00e4.\u00f6.\u00fc"
            })
    void noToken(String text) {
        verification.refuses(text, Reason.MALFORMED);
    }

    @Test
    void payloadThatIsNoObject() {
        for (String payload : List.of("", "null", "[]", "1", "x", "{\"exp\":1,\"exp\":2}", "{\"a\":")) {
            if (!payload.isEmpty()) {
                verification.refuses(
                        token().sign("RS256", TestKeys.pair("RS256").getPrivate(), payload), Reason.MALFORMED);
            }
        }
    }

    @Test
    void missing() {
        verification.refuses(null, Reason.MISSING);
        verification.refuses("", Reason.MISSING);
        verification.refuses("  ", Reason.MISSING);
    }

    @Test
    void tooLong() {
        verification.and("switchboard.limits.message-size", "1000");
        String token = token().claim("x", "y".repeat(1000)).sign("RS256");

        TokenRejectedException rejection =
                Verification.rejection(verification.verifier().verify(token));

        assertThat(rejection.reason()).isEqualTo(Reason.MALFORMED);
        assertThat(rejection).hasMessage("the token is too long");
    }

    @Test
    void extensionsAndNestedTokensAreRefused() {
        verification.refuses(token().header("crit", List.of("x")).header("x", 1).sign("RS256"), Reason.MALFORMED);
        verification.refuses(token().header("cty", "JWT").sign("RS256"), Reason.MALFORMED);
        verification.refuses(token().header("b64", false).sign("RS256"), Reason.MALFORMED);
    }

    @Test
    void keysInTheHeaderAreNotUsed() throws Exception {
        var own = TestKeys.pair("RS256", 1);
        Map<String, Object> jwk = PublicJsonWebKey.Factory.newPublicJwk(own.getPublic())
                .toParams(org.jose4j.jwk.JsonWebKey.OutputControlLevel.PUBLIC_ONLY);

        verification.refuses(token().header("jwk", jwk).sign("RS256", own.getPrivate()), Reason.SIGNATURE);
        verification.refuses(
                token().header("jku", "http://127.0.0.1:1/").sign("RS256", own.getPrivate()), Reason.SIGNATURE);
        verification.accepts(token().header("jwk", jwk)
                .header("x5t", "AAAA")
                .header("jku", "http://127.0.0.1:1/")
                .sign("RS256"));
    }

    @Test
    void encryptedTokensAreRefused() throws Exception {
        JsonWebEncryption jwe = new JsonWebEncryption();
        jwe.setAlgorithmHeaderValue("RSA-OAEP-256");
        jwe.setEncryptionMethodHeaderParameter("A128GCM");
        jwe.setPayload(token().sign("RS256"));
        jwe.setContentTypeHeaderValue("JWT");
        jwe.setKey(TestKeys.pair("RS256").getPublic());

        verification.refuses(jwe.getCompactSerialization(), Reason.MALFORMED);
    }

    @Test
    void claimsAreTheSignedOnes() {
        Claims claims = verification.accepts(token().claim("groups", "a, b,c d")
                .claim("raw_token", "x")
                .claim("workspaces", List.of("w"))
                .sign("RS256"));

        assertThat(claims.roles()).containsExactlyInAnyOrder("a", "b", "c d");
        assertThat(claims.subject()).isEqualTo("4711");
        assertThat(claims.views()).hasSize(1);
    }

    @Test
    void groupsThatSmallRyeCannotRead() {
        assertThat(verification
                        .accepts(token().claim("groups", Map.of("a", 1))
                                .claim("roles", "r")
                                .sign("RS256"))
                        .roles())
                .containsExactly("r");
        verification.refuses(token().claim("groups", Map.of("a", 1)).sign("RS256"), Reason.CLAIMS);
        verification.refuses(token().claim("roleMappings", Map.of("a", "b")).sign("RS256"), Reason.CLAIMS);
    }

    @Test
    void aSuccessIsRemembered() {
        AtomicInteger lookups = new AtomicInteger();
        try (JwtTokenVerifier verifier = counting(lookups)) {
            String token = token().sign("RS256");
            Claims first = Verification.claims(verifier.verify(token));

            CompletionStage<Claims> second = verifier.verify(token);

            assertThat(second.toCompletableFuture()).isCompletedWithValue(first);
            verification.time.pass(Duration.ofSeconds(59));
            assertThat(verifier.verify(token).toCompletableFuture()).isCompletedWithValue(first);
            assertThat(lookups).hasValue(1);
            verification.time.pass(Duration.ofSeconds(2));
            assertThat(Verification.claims(verifier.verify(token))).isEqualTo(first);
            assertThat(lookups).hasValue(2);
        }
    }

    @Test
    void theMemoryEndsWithTheToken() {
        AtomicInteger lookups = new AtomicInteger();
        try (JwtTokenVerifier verifier = counting(lookups)) {
            String token =
                    TestTokens.expiringAt(verification.time.second() + 30).sign("RS256");
            Verification.claims(verifier.verify(token));

            verification.time.pass(Duration.ofSeconds(30));

            assertThat(Verification.reason(verifier.verify(token))).isEqualTo(Reason.EXPIRED);
        }
    }

    @Test
    void aFailureIsNotRemembered() {
        AtomicInteger lookups = new AtomicInteger();
        try (JwtTokenVerifier verifier = counting(lookups)) {
            String token = token().sign("RS256", TestKeys.pair("RS256", 1).getPrivate());

            assertThat(Verification.reason(verifier.verify(token))).isEqualTo(Reason.SIGNATURE);
            assertThat(Verification.reason(verifier.verify(token))).isEqualTo(Reason.SIGNATURE);
            assertThat(lookups).hasValue(2);
        }
    }

    private JwtTokenVerifier counting(AtomicInteger lookups) {
        KeySource source = (_, _) -> {
            lookups.incrementAndGet();
            return new KeySource.Found(TestKeys.pair("RS256").getPublic());
        };
        return verification.verifier(new VerificationKeys(Set.of(SignatureAlgorithm.RS256), source), new Workers(1, 1));
    }

    // Revocation

    private TestTokens issued(long iat) {
        return token().claim("iat", iat);
    }

    @Test
    void aTokenThatIsRememberedIsRevoked() {
        String token = issued(verification.time.second()).sign("RS256");
        verification.accepts(token);

        assertThat(verification.revoke(new Scope.OfUser("alice"))).isTrue();

        verification.refuses(token, Reason.REVOKED);
        verification.time.pass(Duration.ofSeconds(61));
        verification.refuses(token, Reason.REVOKED);
        verification.accepts(issued(verification.time.second()).sign("RS256"));
    }

    @Test
    void aVerificationOnItsWayIsRevoked() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        KeySource source = (_, _) -> {
            begun.countDown();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new KeySource.Found(TestKeys.pair("RS256").getPublic());
        };
        try (JwtTokenVerifier verifier = verification.verifier(
                new VerificationKeys(Set.of(SignatureAlgorithm.RS256), source), new Workers(1, 0))) {
            String token = issued(verification.time.second()).sign("RS256");
            CompletionStage<Claims> result = verifier.verify(token);
            begun.await();
            assertThat(verification.revoke(new Scope.OfUser("4711"))).isTrue();
            open.countDown();

            assertThat(Verification.reason(result)).isEqualTo(Reason.REVOKED);
            assertThat(Verification.reason(verifier.verify(token))).isEqualTo(Reason.REVOKED);
        }
    }

    @Test
    void whatIsWithdrawnIsGoneFromATokenThatIsRemembered() {
        String token = issued(verification.time.second())
                .claim("workspaces", List.of("w1", "w2"))
                .claim("roles", List.of("r"))
                .sign("RS256");
        assertThat(verification.accepts(token).views()).hasSize(2);

        assertThat(verification.revoke(new Scope.OfEntitlement(Entitlement.workspace("w1"), Optional.empty())))
                .isTrue();

        Claims left = verification.accepts(token);
        assertThat(left.views()).extracting(View::uuid).containsExactly("w2");
        assertThat(left.roles()).containsExactly("r");
    }

    /** The signature is nobody's secret: another way of writing it must not make another token. */
    @Test
    void aRevokedTokenCannotBeWrittenInAnotherWay() {
        verification = key("ES256");
        String token = issued(verification.time.second()).sign("ES256");
        String twin = twin(token);
        verification.accepts(twin);
        Claims claims = verification.accepts(token);

        assertThat(verification.revoke(new Scope.OfToken(claims.token().fingerprint())))
                .isTrue();

        verification.refuses(token, Reason.REVOKED);
        verification.refuses(twin, Reason.REVOKED);
        verification.accepts(
                issued(verification.time.second()).claim("jti", "2").sign("ES256"));
    }

    /** (r, n - s) verifies wherever (r, s) does. */
    private static String twin(String token) {
        BigInteger order = new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);
        int end = token.lastIndexOf('.') + 1;
        byte[] signature = Base64.getUrlDecoder().decode(token.substring(end));
        byte[] other = order.subtract(new BigInteger(1, signature, 32, 32)).toByteArray();
        byte[] twin = Arrays.copyOf(signature, 64);
        for (int i = 0; i < 32; i++) {
            int from = other.length - 32 + i;
            twin[32 + i] = from < 0 ? 0 : other[from];
        }
        return token.substring(0, end) + Base64.getUrlEncoder().withoutPadding().encodeToString(twin);
    }

    @Test
    void nothingOfAFingerprintIsWritten() {
        Claims claims = verification.accepts(token().sign("RS256"));

        assertThat(claims.toString()).contains("Fingerprint[]").doesNotContain("a=");
    }

    // What a token says of itself

    @Test
    void factsOfAToken() {
        long now = verification.time.second();

        TokenFacts facts = verification
                .accepts(token().claim("iat", new BigDecimal(now - 5 + ".9"))
                        .claim("aud", List.of("a", "b", "a"))
                        .sign("RS256"))
                .token();

        assertThat(facts.issuedAt()).contains(Instant.ofEpochSecond(now - 5));
        assertThat(facts.audiences()).containsExactlyInAnyOrder("a", "b");
        assertThat(verification.accepts(token().sign("RS256")).token().issuedAt())
                .isEmpty();
        verification.refuses(token().claim("iat", "yesterday").sign("RS256"), Reason.CLAIMS);
        verification.refuses(token().claim("aud", List.of("a", 1)).sign("RS256"), Reason.CLAIMS);
        verification.refuses(token().claim("aud", Map.of("a", 1)).sign("RS256"), Reason.CLAIMS);
    }

    @Test
    void aTokenMayNotOutliveItsRevocation() {
        verification.and("switchboard.auth.token-lifetime", "1h");
        long now = verification.time.second();

        verification.accepts(TestTokens.expiringAt(now + 3600).sign("RS256"));
        verification.accepts(TestTokens.expiringAt(now + 3600).claim("iat", now).sign("RS256"));
        verification.accepts(
                TestTokens.expiringAt(now + 10).claim("iat", now - 3590).sign("RS256"));
        verification.refuses(TestTokens.expiringAt(now + 3601).sign("RS256"), Reason.CLAIMS);
        verification.refuses(
                TestTokens.expiringAt(now + 10).claim("iat", now - 3591).sign("RS256"), Reason.CLAIMS);
        // from the future
        verification.refuses(
                TestTokens.expiringAt(now + 7200).claim("iat", now + 7000).sign("RS256"), Reason.CLAIMS);
    }

    @Test
    void theApiHasAnAudienceOfItsOwn() {
        verification.and("mp.jwt.verify.audiences", "switchboard").and("switchboard.auth.api-audience", "operators");
        String browser = token().claim("aud", "switchboard").sign("RS256");
        String operator = token().claim("aud", "operators").sign("RS256");
        String both = token().claim("aud", List.of("operators", "switchboard")).sign("RS256");
        JwtTokenVerifier verifier = verification.verifier();
        for (int i = 0; i < 2; i++) { // the second time from memory
            verification.accepts(browser);
            verification.accepts(both);
            Verification.claims(verifier.forApi().verify(operator));
            Verification.claims(verifier.forApi().verify(both));
            verification.refuses(operator, Reason.AUDIENCE);
            assertThat(Verification.reason(verifier.forApi().verify(browser))).isEqualTo(Reason.AUDIENCE);
            assertThat(Verification.reason(verifier.forApi().verify(token().sign("RS256"))))
                    .isEqualTo(Reason.AUDIENCE);
        }
    }

    @Test
    void anApiAudienceAloneAsksNothingOfOthers() {
        verification.and("switchboard.auth.api-audience", "operators");

        verification.accepts(token().sign("RS256"));
        verification.accepts(token().claim("aud", "x").sign("RS256"));
        assertThat(Verification.reason(verification.verifier().forApi().verify(token().sign("RS256"))))
                .isEqualTo(Reason.AUDIENCE);
    }

    @Test
    void withoutAnApiAudienceTheOrdinaryOneCounts() {
        verification.and("mp.jwt.verify.audiences", "switchboard");

        Verification.claims(verification
                .verifier()
                .forApi()
                .verify(token().claim("aud", "switchboard").sign("RS256")));
        assertThat(Verification.reason(verification
                        .verifier()
                        .forApi()
                        .verify(token().claim("aud", "x").sign("RS256"))))
                .isEqualTo(Reason.AUDIENCE);
    }

    @Test
    void anAudienceForEverythingIsNoneOfItsOwn() {
        verification.and("mp.jwt.verify.audiences", "a,b").and("switchboard.auth.api-audience", "b");

        assertThatThrownBy(verification::settings)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("switchboard.auth.api-audience");
    }

    @Test
    void onlySomeRunAndOnlySomeWait() throws Exception {
        AtomicInteger running = new AtomicInteger();
        CountDownLatch open = new CountDownLatch(1);
        KeySource source = (_, _) -> {
            running.incrementAndGet();
            try {
                open.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return new KeySource.Found(TestKeys.pair("RS256").getPublic());
        };
        try (JwtTokenVerifier verifier = verification.verifier(
                new VerificationKeys(Set.of(SignatureAlgorithm.RS256), source), new Workers(2, 3))) {
            List<CompletionStage<Claims>> results = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                results.add(verifier.verify(token().claim("i", i).sign("RS256")));
            }
            await().until(() -> running.get() == 2);

            CompletionStage<Claims> tooMany =
                    verifier.verify(token().claim("i", 5).sign("RS256"));

            assertThat(tooMany.toCompletableFuture()).isCompletedExceptionally();
            assertThat(Verification.reason(tooMany)).isEqualTo(Reason.UNAVAILABLE);
            assertThat(running).hasValue(2);
            open.countDown();
            results.forEach(
                    result -> assertThat(Verification.claims(result).username()).isEqualTo("alice"));
            Verification.claims(verifier.verify(token().claim("i", 6).sign("RS256")));
        }
    }

    @Test
    void aFaultIsAnOutage() {
        KeySource source = (_, _) -> {
            throw new StackOverflowError();
        };
        try (JwtTokenVerifier verifier = verification.verifier(
                new VerificationKeys(Set.of(SignatureAlgorithm.RS256), source), new Workers(1, 0))) {
            for (int i = 0; i < 3; i++) {
                assertThat(Verification.reason(verifier.verify(token().sign("RS256"))))
                        .isEqualTo(Reason.UNAVAILABLE);
            }
        }
    }

    @Test
    void afterTheEnd() {
        JwtTokenVerifier verifier = verification.verifier();
        verifier.close();

        assertThat(Verification.reason(verifier.verify(token().sign("RS256")))).isEqualTo(Reason.UNAVAILABLE);
    }

    @Test
    void workIsNotDoneOnTheCallersThread() {
        Thread[] worker = new Thread[1];
        KeySource source = (_, _) -> {
            worker[0] = Thread.currentThread();
            return new KeySource.Unknown();
        };
        try (JwtTokenVerifier verifier = verification.verifier(
                new VerificationKeys(Set.of(SignatureAlgorithm.RS256), source), new Workers(1, 1))) {
            assertThat(Verification.reason(verifier.verify(token().sign("RS256"))))
                    .isEqualTo(Reason.SIGNATURE);
        }
        assertThat(worker[0].isVirtual()).isTrue();
    }
}
