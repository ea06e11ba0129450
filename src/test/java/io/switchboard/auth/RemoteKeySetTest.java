package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.auth.TokenRejectedException.Reason;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RemoteKeySetTest {
    private static final String A = TestKeys.jwk("a", TestKeys.pair("RS256").getPublic());
    private static final String B = TestKeys.jwk("b", TestKeys.pair("ES256").getPublic());

    private KeyServer server;
    private Verification verification;
    private int count;

    @BeforeEach
    void start() throws IOException {
        server = new KeyServer(TestKeys.jwks(A));
        verification = Verification.with("mp.jwt.verify.publickey.location", server.url())
                .and("switchboard.auth.jwks-refresh", "10m")
                .and("switchboard.auth.jwks-refresh-on-unknown-key", "5s");
    }

    @AfterEach
    void stop() {
        verification.close();
        server.close();
    }

    /** Each is another token, so that none is answered from memory. */
    private TestTokens token(String kid) {
        return TestTokens.expiringAt(verification.time.second() + 600)
                .header("kid", kid)
                .claim("n", count++);
    }

    private String a() {
        return token("a").sign("RS256");
    }

    private String b() {
        return token("b").sign("ES256");
    }

    private void pass(String duration) {
        verification.time.pass(Duration.parse(duration));
    }

    @Test
    void oneFetchServesManyTokens() {
        for (int i = 0; i < 10; i++) {
            verification.accepts(a());
        }
        verification.refuses(token("a").sign("RS256", TestKeys.pair("RS256", 1).getPrivate()), Reason.SIGNATURE);

        assertThat(server.requests).hasValue(1);
    }

    @Test
    void tokensOfOneMomentShareAFetch() {
        CountDownLatch gate = server.hold();
        List<CompletionStage<Claims>> results = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            results.add(verification.verifier().verify(a()));
        }
        await().until(() -> server.requests.get() == 1);
        gate.countDown();

        results.forEach(Verification::claims);
        assertThat(server.requests).hasValue(1);
    }

    @Test
    void aFetchHoldsNoOtherTokenUp() {
        verification.accepts(a());
        pass("PT5S");
        CountDownLatch gate = server.hold();
        List<CompletionStage<Claims>> unknown = new ArrayList<>();
        for (int i = 0; i < 5; i++) { // more than there are workers
            unknown.add(verification.verifier().verify(b()));
        }

        verification.accepts(a());

        assertThat(unknown).noneMatch(result -> result.toCompletableFuture().isDone());
        gate.countDown();
        unknown.forEach(result -> assertThat(Verification.reason(result)).isEqualTo(Reason.SIGNATURE));
    }

    @Test
    void aNewKeyWorksAtOnce() {
        verification.accepts(a());
        server.serve(TestKeys.jwks(A, B));
        pass("PT5S");

        verification.accepts(b());
        verification.accepts(a());
        assertThat(server.requests).hasValue(2);
    }

    @Test
    void unknownKeysFetchOncePerInterval() {
        verification.accepts(a());
        server.serve(TestKeys.jwks(A, B));
        pass("PT4.9S");
        verification.refuses(b(), Reason.SIGNATURE);
        assertThat(server.requests).hasValue(1);

        server.serve(TestKeys.jwks(A));
        pass("PT0.1S");
        for (int i = 0; i < 20; i++) {
            verification.refuses(b(), Reason.SIGNATURE);
        }
        assertThat(server.requests).hasValue(2);
        pass("PT5S");
        verification.refuses(b(), Reason.SIGNATURE);
        assertThat(server.requests).hasValue(3);
    }

    @Test
    void aWithdrawnKeyEndsWithItsTimeWhateverTheServerSaysOfCaching() {
        verification.accepts(a());
        server.serve(TestKeys.jwks(B));
        pass("PT9M59S");
        verification.accepts(a());
        pass("PT1S");

        verification.refuses(a(), Reason.SIGNATURE);
        verification.accepts(b());
        assertThat(server.requests).hasValue(2);
    }

    @Test
    void oldKeysServeForAWhileWhenTheServerIsDown() {
        verification.accepts(a());
        server.fail();
        pass("PT10M");

        for (int i = 0; i < 10; i++) {
            verification.accepts(a());
        }
        assertThat(server.requests).hasValue(2);
        verification.refuses(b(), Reason.UNAVAILABLE);
        assertThat(server.requests).hasValue(2);

        pass("PT59M59S");
        verification.accepts(a());
        await().until(() -> server.requests.get() == 3);
        pass("PT1S");
        verification.refuses(a(), Reason.UNAVAILABLE);
    }

    @Test
    void theServerComesBack() {
        verification.accepts(a());
        server.fail();
        pass("PT10M");
        verification.accepts(a());
        server.serve(TestKeys.jwks(B));
        pass("PT5S");

        verification.accepts(b());
        verification.refuses(a(), Reason.SIGNATURE);
    }

    @Test
    void unreachableFromTheStart() {
        server.fail();
        for (int i = 0; i < 10; i++) {
            verification.refuses(a(), Reason.UNAVAILABLE);
        }
        assertThat(server.requests).hasValue(1);

        server.serve(TestKeys.jwks(A));
        verification.refuses(a(), Reason.UNAVAILABLE);
        pass("PT5S");
        verification.accepts(a());
        assertThat(server.requests).hasValue(2);
    }

    @Test
    void nobodyThere() {
        server.close();

        verification.refuses(a(), Reason.UNAVAILABLE);
    }

    @Test
    void answersThatAreNoKeySet() {
        for (String body : List.of(
                "",
                "<html>",
                "[]",
                "{\"keys\":{}}",
                "{\"keys\":[" + " ".repeat(600_000) + "]}",
                TestKeys.jwks("{}" + ",{}".repeat(JwkSet.MAX_KEYS)))) {
            server.serve(body);
            verification.refuses(a(), Reason.UNAVAILABLE);
            pass("PT5S");
        }
        assertThat(server.requests).hasValue(6);
        server.serve(TestKeys.jwks(A));
        verification.accepts(a());
    }

    @Test
    void anEmptySetIsAnAnswer() {
        server.serve(TestKeys.jwks());

        verification.refuses(a(), Reason.SIGNATURE);
    }

    @Test
    void aTokenWithoutKeyIdIsTriedWithEachKeyThatFits() {
        server.serve(TestKeys.jwks(TestKeys.jwk("c", TestKeys.pair("RS256", 1).getPublic()), A, B));
        String token = TestTokens.expiringAt(verification.time.second() + 600).sign("RS256");

        verification.accepts(token);
    }

    @Test
    void symmetricKeysOfASetAreNotUsed() {
        server.serve(TestKeys.jwks("{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"" + "A".repeat(64) + "\"}"));

        verification.refuses(
                token("a").sign("HS256", new javax.crypto.spec.SecretKeySpec(new byte[48], "HMAC")), Reason.SIGNATURE);
    }

    @Test
    void keysThatAreTooShortAreNotUsed() {
        server.serve(TestKeys.jwks(TestKeys.jwk("a", TestKeys.pair("RSA 1024").getPublic())));

        verification.refuses(token("a").sign("RS256", TestKeys.pair("RSA 1024").getPrivate()), Reason.SIGNATURE);
    }

    /** Nobody signs in at a server that is not ready, so it must not take a token to fetch the keys. */
    @Test
    void asksForTheKeysUntilItHasHadThem() {
        server.fail();
        RemoteKeySet keys = (RemoteKeySet) verification.keys().source();
        assertThat(keys.fetched()).isFalse();
        await().until(() -> keys.renew().isEmpty());
        assertThat(keys.fetched()).isFalse();
        assertThat(server.requests).as("not more often than the interval").hasValue(1);

        server.serve(TestKeys.jwks(A));
        pass("PT5S");
        assertThat(keys.fetched()).isFalse();
        await().until(keys::fetched);

        server.fail();
        pass("PT24H");
        assertThat(keys.fetched()).as("what was ready once stays it").isTrue();
        assertThat(server.requests).hasValue(2);
    }
}
