package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.switchboard.auth.TestKeys.Certified;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyLoaderTest {
    private static final String LOCATION = "mp.jwt.verify.publickey.location";
    private static final String INLINE = "mp.jwt.verify.publickey";
    private static final String SECRET = "smallrye.jwt.verify.secretkey";
    private static final String ALGORITHMS = "switchboard.auth.algorithms";

    @TempDir
    Path folder;

    private String file(String text) throws Exception {
        Path file = Files.createTempFile(folder, "key", ".txt");
        Files.writeString(file, text);
        return file.toString();
    }

    private static String token(Verification verification, String algorithm) {
        return TestTokens.expiringAt(verification.time.second() + 60).sign(algorithm);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "ES384", "ES512", "EdDSA"})
    void keyInAFile(String algorithm) throws Exception {
        String pem = TestKeys.pem(TestKeys.pair(algorithm));
        for (String location : new String[] {
            file(pem),
            "file:" + file(pem),
            "file://" + file(pem),
            file(pem.replace("\n", "\r\n")),
            file("\n" + pem + "\n\n"),
            file(Base64.getEncoder()
                    .encodeToString(TestKeys.pair(algorithm).getPublic().getEncoded()))
        }) {
            try (Verification verification = Verification.with(LOCATION, location)) {
                verification.accepts(token(verification, algorithm));
            }
        }
    }

    @Test
    void keyInASetting() {
        String pem = TestKeys.pem(TestKeys.pair("ES256"));
        try (Verification verification = Verification.with(INLINE, pem)) {
            verification.accepts(token(verification, "ES256"));
        }
        try (Verification verification = Verification.with(INLINE, pem.replace("\n", "\\n"))) {
            verification.accepts(token(verification, "ES256"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classpath:auth/testing.pem", "classpath:/auth/testing.pem", "auth/testing.pem"})
    void keyOnTheClassPath(String location) {
        try (Verification verification = Verification.with(LOCATION, location)) {
            assertThat(verification.keys().algorithms()).containsExactly(SignatureAlgorithm.EDDSA);
        }
    }

    @ParameterizedTest
    @CsvSource({"RSA,2048,RS256", "EC,256,ES256", "Ed25519,'',EdDSA"})
    void certificate(String keyAlgorithm, String size, String algorithm) throws Exception {
        Certified certified = TestKeys.certified(folder, keyAlgorithm, size);
        String pem = TestKeys.pem("CERTIFICATE", certified.certificate().getEncoded());
        for (String text : new String[] {
            pem,
            pem + pem,
            Base64.getEncoder().encodeToString(certified.certificate().getEncoded())
        }) {
            try (Verification verification = Verification.with(LOCATION, file(text))) {
                verification.accepts(
                        TestTokens.expiringAt(verification.time.second() + 60).sign(algorithm, certified.key()));
                verification.refuses(token(verification, algorithm), Reason.SIGNATURE);
            }
        }
    }

    @Test
    void keySetInAFile() throws Exception {
        KeyPair rsa = TestKeys.pair("RS256");
        KeyPair second = TestKeys.pair("RS256", 1);
        KeyPair ec = TestKeys.pair("ES384");
        String set = TestKeys.jwks(
                TestKeys.jwk("a", rsa.getPublic()),
                TestKeys.jwk("b", second.getPublic()),
                TestKeys.jwk("c", ec.getPublic()),
                "{\"kty\":\"oct\",\"kid\":\"d\",\"k\":\"" + "A".repeat(64) + "\"}",
                "{\"kty\":\"unheard of\"}",
                "{\"kty\":\"RSA\"}");
        for (String text : new String[] {set, Base64.getUrlEncoder().encodeToString(set.getBytes(UTF_8))}) {
            try (Verification verification = Verification.with(LOCATION, file(text))) {
                TestTokens token = TestTokens.expiringAt(verification.time.second() + 60);

                verification.accepts(token.sign("RS256", second.getPrivate()));
                verification.accepts(token.sign("PS512", rsa.getPrivate()));
                verification.accepts(token.header("kid", "c").sign("ES384", ec.getPrivate()));
                verification.refuses(token.header("kid", "c").sign("RS256", rsa.getPrivate()), Reason.SIGNATURE);
                verification.refuses(token.header("kid", "a").sign("RS256", second.getPrivate()), Reason.SIGNATURE);
                verification.refuses(token.header("kid", "z").sign("RS256", rsa.getPrivate()), Reason.SIGNATURE);
                verification.refuses(
                        token.header("kid", "d").sign("HS256", new SecretKeySpec(new byte[48], "HMAC")),
                        Reason.SIGNATURE);
                assertThat(verification.keys().algorithms())
                        .contains(SignatureAlgorithm.ES384)
                        .doesNotContain(SignatureAlgorithm.ES256, SignatureAlgorithm.EDDSA, SignatureAlgorithm.HS256);
            }
        }
    }

    @Test
    void singleJwk() throws Exception {
        KeyPair pair = TestKeys.pair("EdDSA");
        try (Verification verification = Verification.with(LOCATION, file(TestKeys.jwk(null, pair.getPublic())))) {
            verification.accepts(token(verification, "EdDSA"));
            verification.accepts(TestTokens.expiringAt(verification.time.second() + 60)
                    .header("kid", "whatever")
                    .sign("EdDSA"));
        }
    }

    @Test
    void secretAsJwk() {
        byte[] secret = new byte[32];
        String jwk = "{\"kty\":\"oct\",\"k\":\""
                + Base64.getUrlEncoder().withoutPadding().encodeToString(secret) + "\"}";
        for (String text : new String[] {jwk, Base64.getUrlEncoder().encodeToString(jwk.getBytes(UTF_8))}) {
            try (Verification verification = Verification.with(SECRET, text).and(ALGORITHMS, "HS256")) {
                verification.accepts(TestTokens.expiringAt(verification.time.second() + 60)
                        .sign("HS256", new SecretKeySpec(secret, "HMAC")));
            }
        }
    }

    private static void refuses(Verification verification, String... parts) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(verification::keys)
                .withNoCause()
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    @Test
    void noKey() {
        refuses(new Verification(), LOCATION, "https://", "MP_JWT_VERIFY_PUBLICKEY_LOCATION");
        refuses(Verification.with(INLINE, "NONE").and(LOCATION, " "), LOCATION);
    }

    @Test
    void keysThatCannotBeUsed() throws Exception {
        refuses(Verification.with(LOCATION, folder + "/missing.pem"), LOCATION, "cannot be read", "missing.pem");
        refuses(Verification.with(LOCATION, folder.toString()), LOCATION, "cannot be read");
        refuses(Verification.with(LOCATION, "classpath:missing.pem"), LOCATION, "cannot be read");
        refuses(Verification.with(LOCATION, "ftp://example.org/key.pem"), LOCATION);
        refuses(Verification.with(LOCATION, file("")), LOCATION, "no public key");
        refuses(Verification.with(LOCATION, file("not a key")), LOCATION, "no public key");
        refuses(Verification.with(LOCATION, file("{}")), LOCATION, "no public key");
        refuses(Verification.with(LOCATION, file("{\"keys\":[]}")), LOCATION, "no public key");
        refuses(Verification.with(LOCATION, file("{\"keys\":1}")), LOCATION, "no public key");
        refuses(
                Verification.with(
                        LOCATION,
                        file(TestKeys.pem(
                                "PRIVATE KEY",
                                TestKeys.pair("RS256").getPrivate().getEncoded()))),
                LOCATION,
                "not a private key");
        refuses(Verification.with(INLINE, "xyzzy"), INLINE, "no public key");
        refuses(Verification.with(INLINE, TestKeys.pem(TestKeys.pair("RSA 1024"))), INLINE, "2048");
        refuses(Verification.with(INLINE, TestKeys.pem(TestKeys.pair("X25519 0"))), INLINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"http:", "https://", "http:///path", "https://a b/", "http://user:pass@example.org/", "http:x"})
    void urlsThatAreNone(String url) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(Verification.with(LOCATION, url)::keys)
                .withMessageContaining(LOCATION)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("pass@"));
    }

    @Test
    void algorithmsThatDoNotFit() {
        String rsa = TestKeys.pem(TestKeys.pair("RS256"));
        refuses(Verification.with(INLINE, rsa).and(ALGORITHMS, "ES256,EdDSA"), INLINE, "ES256, EdDSA", "RS256");
        refuses(Verification.with(INLINE, rsa).and(ALGORITHMS, "RS256,HS256"), ALGORITHMS, "mixes");
        refuses(Verification.with(INLINE, rsa).and(ALGORITHMS, "HS256"), ALGORITHMS, SECRET);
        refuses(Verification.with(INLINE, rsa).and(ALGORITHMS, "none"), ALGORITHMS, "none");
        refuses(Verification.with(INLINE, rsa).and(ALGORITHMS, "RS257"), ALGORITHMS, "RS257");
    }

    @Test
    void secretsThatCannotBeUsed() {
        String secret = "0123456789abcdef0123456789abcdef";
        refuses(Verification.with(SECRET, secret), SECRET, ALGORITHMS);
        refuses(Verification.with(SECRET, secret.substring(1)).and(ALGORITHMS, "HS256"), SECRET, "32 bytes");
        refuses(Verification.with(SECRET, secret).and(ALGORITHMS, "HS256,HS512"), SECRET, "64 bytes");
        refuses(Verification.with(SECRET, "{\"kty\":\"oct\"}").and(ALGORITHMS, "HS256"), SECRET, "JWK");
        refuses(
                Verification.with(SECRET, secret)
                        .and(ALGORITHMS, "HS256")
                        .and(INLINE, TestKeys.pem(TestKeys.pair("RS256"))),
                SECRET,
                "Only one");
    }

    @Test
    void settingsThatCannotBeHonoured() {
        for (String name : new String[] {"mp.jwt.verify.token.age", "smallrye.jwt.required.claims"}) {
            refuses(Verification.with(name, "1"), name);
        }
        refuses(Verification.with("switchboard.auth.clock-skew", "-1s"), "switchboard.auth.clock-skew");
        refuses(Verification.with("switchboard.auth.jwks-refresh", "0s"), "switchboard.auth.jwks-refresh");
    }

    @Test
    void developmentKeyOnlyWhereNothingIsConfigured() {
        Verification none = new Verification();
        KeyLoader loader = new KeyLoader(none.settings(), none.time.ticker());
        VerificationKeys development =
                loader.load(Optional.of(TestKeys.pair("ES256").getPublic()));
        assertThat(development.algorithms()).containsExactly(SignatureAlgorithm.ES256);
        assertThat(loader.load(Optional.empty()).source().find(null, true)).isEqualTo(new KeySource.Unavailable());

        Verification configured = Verification.with(INLINE, TestKeys.pem(TestKeys.pair("EdDSA")));
        assertThat(new KeyLoader(configured.settings(), configured.time.ticker())
                        .load(Optional.of(TestKeys.pair("ES256").getPublic()))
                        .algorithms())
                .containsExactly(SignatureAlgorithm.EDDSA);
    }

    @Test
    void secretsDoNotShow() {
        assertThat(Verification.with(SECRET, "xyzzy").settings().toString()).doesNotContain("xyzzy");
    }
}
