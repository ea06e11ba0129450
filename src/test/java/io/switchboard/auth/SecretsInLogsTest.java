package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever the level, no log holds a token, a part of one, or what it says. */
class SecretsInLogsTest {
    private static final String USER = "alice.secret";
    private static final String ROLE = "role-secret";

    private static final SecretKey SECRET = new SecretKeySpec(new byte[32], "HMAC");

    private final Recorder recorder = new Recorder();
    private final Map<Logger, Level> levels = new HashMap<>();

    @BeforeEach
    void listen() {
        for (String name : List.of("", "io.smallrye.jwt", "org.jose4j", "io.switchboard")) {
            Logger logger = Logger.getLogger(name);
            levels.put(logger, logger.getLevel());
            logger.setLevel(Level.ALL);
        }
        Logger.getLogger("").addHandler(recorder);
    }

    @AfterEach
    void stop() {
        Logger.getLogger("").removeHandler(recorder);
        levels.forEach(Logger::setLevel);
    }

    @Test
    void nothingOfATokenIsLogged() throws Exception {
        List<String> tokens = new ArrayList<>();
        try (KeyServer server = new KeyServer(
                        TestKeys.jwks(TestKeys.jwk("a", TestKeys.pair("RS256").getPublic())));
                Verification remote = Verification.with("mp.jwt.verify.publickey.location", server.url());
                Verification local = Verification.with("mp.jwt.verify.publickey", TestKeys.pem(TestKeys.pair("RS256")))
                        .and("mp.jwt.verify.issuer", "me")) {
            for (Verification verification : List.of(remote, local)) {
                long soon = verification.time.second() + 60;
                TestTokens good = token(soon).claim("iss", "me").header("kid", "a");
                tokens.add(good.sign("RS256"));
                verification.accepts(tokens.getLast());
                verification.refuses(
                        keep(
                                tokens,
                                good.claim("roleMappings", Map.of(ROLE, "x")).sign("RS256")),
                        Reason.CLAIMS);
                verification.refuses(
                        keep(tokens, good.claim("roleMappings", USER).sign("RS256")), Reason.CLAIMS);
                verification.refuses(
                        keep(
                                tokens,
                                token(soon)
                                        .header("kid", "a")
                                        .sign("RS256", TestKeys.pair("RS256", 1).getPrivate())),
                        Reason.SIGNATURE);
                verification.refuses(
                        keep(
                                tokens,
                                token(1).claim("iss", "me").header("kid", "a").sign("RS256")),
                        Reason.EXPIRED);
                verification.refuses(
                        keep(
                                tokens,
                                token(soon)
                                        .without("exp")
                                        .claim("iss", "me")
                                        .header("kid", "a")
                                        .sign("RS256")),
                        Reason.CLAIMS);
                verification.refuses(
                        keep(
                                tokens,
                                token(soon)
                                        .claim("iss", "me")
                                        .claim("workspaces", USER)
                                        .header("kid", "a")
                                        .sign("RS256")),
                        Reason.CLAIMS);
                verification.refuses(
                        keep(
                                tokens,
                                token(soon).sign("RS256", TestKeys.pair("RS256").getPrivate(), "{\"name\":\"" + USER)),
                        Reason.MALFORMED);
                verification.refuses(keep(tokens, token(soon).sign("HS256", SECRET)), Reason.SIGNATURE);
                String cut = tokens.getFirst();
                verification.refuses(keep(tokens, cut.substring(0, cut.length() - 40)), Reason.SIGNATURE);
            }
            local.refuses(keep(tokens, token(local.time.second() + 60).sign("RS256")), Reason.ISSUER);
            remote.time.pass(Duration.ofSeconds(5));
            remote.refuses(
                    keep(
                            tokens,
                            token(remote.time.second() + 60).header("kid", USER).sign("RS256")),
                    Reason.SIGNATURE);
            server.fail();
            remote.time.pass(Duration.ofHours(2));
            remote.refuses(
                    keep(
                            tokens,
                            token(remote.time.second() + 60).header("kid", "a").sign("RS256")),
                    Reason.UNAVAILABLE);
        }

        assertThat(recorder.texts).as("the recorder works").anyMatch(text -> text.contains("org.jose4j"));
        assertThat(recorder.texts).anyMatch(text -> text.contains("io.smallrye.jwt"));
        assertThat(recorder.texts).anyMatch(text -> text.contains("The key set cannot be fetched"));
        for (String text : recorder.texts) {
            assertThat(text).doesNotContain(USER, ROLE, "xyzzy");
            for (String token : tokens) {
                assertThat(text).doesNotContain(token.split("\\.", -1));
            }
        }
    }

    private static TestTokens token(long exp) {
        return TestTokens.expiringAt(exp).claim("name", USER).claim("groups", List.of(ROLE));
    }

    private static String keep(List<String> tokens, String token) {
        tokens.add(token);
        return token;
    }

    private static final class Recorder extends Handler {
        private final Formatter formatter = new PatternFormatter("%c %s%e");
        final Queue<String> texts = new ConcurrentLinkedQueue<>();

        Recorder() {
            setLevel(Level.ALL);
        }

        @Override
        public void publish(LogRecord entry) {
            if (!entry.getLoggerName().startsWith("com.sun.net.httpserver")) { // the test's own server
                texts.add(formatter.format(ExtLogRecord.wrap(entry)));
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
