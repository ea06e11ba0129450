package io.switchboard.dev.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.switchboard.dev.DevelopmentKeyPair;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CliTest {
    @TempDir
    private Path home;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine commands = Cli.commandLine();
        commands.setOut(new PrintWriter(out));
        commands.setErr(new PrintWriter(err));
        return commands.execute(arguments);
    }

    private String key() {
        return home.resolve("private.pem").toString();
    }

    private void keys() {
        assertThat(run("keys", "--out", home.toString())).isZero();
    }

    private JwtClaims claims(String token) throws IOException, InvalidJwtException {
        return new JwtConsumerBuilder()
                .setVerificationKey(DevelopmentKeyPair.readPublic(home.resolve("public.pem")))
                .setRequireExpirationTime()
                .setSkipDefaultAudienceValidation()
                .build()
                .processToClaims(token);
    }

    @Test
    void keysAreMadeOnceAndNeverAgain() throws IOException {
        keys();
        String made = Files.readString(home.resolve("private.pem"));
        assertThat(run("keys", "--out", home.toString())).isZero();
        assertThat(out.toString()).contains("nothing was changed");
        assertThat(home.resolve("private.pem")).hasContent(made);
        Files.delete(home.resolve("private.pem"));
        assertThat(run("keys", "--out", home.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("nothing was overwritten");
    }

    @Test
    void aTokenSaysWhatWasAsked() throws Exception {
        keys();
        assertThat(run(
                        "token",
                        "--key",
                        key(),
                        "--user",
                        "alice",
                        "--subject",
                        "s-1",
                        "--workspace",
                        "w1",
                        "--workspace",
                        "{\"uuid\":\"w2\",\"roots\":[\"dev/a\",{\"path\":\"dev/b\",\"key\":\"k\",\"file\":true}]}",
                        "--role",
                        "r1",
                        "--role",
                        "r2",
                        "--profile",
                        "admin",
                        "--issuer",
                        "https://i",
                        "--audience",
                        "a",
                        "--expires",
                        "90s"))
                .isZero();
        JwtClaims claims = claims(out.toString().strip());
        assertThat(claims.getSubject()).isEqualTo("s-1");
        assertThat(claims.getClaimValueAsString("name")).isEqualTo("alice");
        assertThat(claims.getStringListClaimValue("roles")).containsExactly("r1", "r2");
        assertThat(claims.getClaimValueAsString("profile")).isEqualTo("admin");
        assertThat(claims.getIssuer()).isEqualTo("https://i");
        assertThat(claims.getAudience()).containsExactly("a");
        assertThat(claims.getClaimValue("workspaces"))
                .isEqualTo(List.of(
                        "w1",
                        Map.of(
                                "uuid",
                                "w2",
                                "roots",
                                List.of("dev/a", Map.of("path", "dev/b", "key", "k", "file", true)))));
        NumericDate expires = claims.getExpirationTime();
        assertThat(expires.getValue() - claims.getIssuedAt().getValue()).isEqualTo(90);
    }

    @Test
    void manyTokensAreNumbered() throws Exception {
        keys();
        Path file = home.resolve("tokens");
        assertThat(run(
                        "token",
                        "--key",
                        key(),
                        "--user",
                        "u{i}",
                        "--workspace",
                        "{\"uuid\":\"w{i}\"}",
                        "--count",
                        "300",
                        "--out",
                        file.toString()))
                .isZero();
        List<String> tokens = Files.readAllLines(file);
        assertThat(tokens).hasSize(300);
        JwtClaims last = claims(tokens.getLast());
        assertThat(last.getSubject()).isEqualTo("u299");
        assertThat(last.getClaimValue("workspaces")).isEqualTo(List.of(Map.of("uuid", "w299")));
    }

    @Test
    void noTokenFromAKeyOfSomebodyElse() throws IOException {
        keys();
        Path foreign = home.resolve("foreign.pem");
        Files.writeString(foreign, Files.readString(home.resolve("private.pem")).replace(DevelopmentKeyPair.MARK, ""));
        assertThat(run("token", "--key", foreign.toString(), "--user", "alice")).isEqualTo(1);
        assertThat(err.toString()).contains("is not a development key").doesNotContain("at io.switchboard");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void unclearArgumentsAreExplained() {
        keys();
        assertThat(run("token", "--key", key())).isEqualTo(2);
        assertThat(run("token", "--key", key(), "--user", "a", "--expires", "soon"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("90s, 30m");
        assertThat(run("token", "--key", key(), "--user", "a", "--workspace", "{\"uuid\":"))
                .isEqualTo(1);
        assertThat(run("token", "--key", key(), "--user", "a", "--count", "0")).isEqualTo(1);
        assertThat(run("nonsense")).isEqualTo(2);
    }

    @Test
    void publishesAndShowsTheAnswer() throws Exception {
        keys();
        Path file = Files.writeString(home.resolve("event.json"), "{\"Type\":\"DELETE\"}");
        AtomicReference<String> seen = new AtomicReference<>();
        AtomicReference<String> bearer = new AtomicReference<>();
        try (Answering server = new Answering(202, "{\"id\":\"7\"}", seen, bearer)) {
            assertThat(run("publish", "tree", "@" + file, "--url", server.url(), "--key", key(), "--id", "k-1"))
                    .isZero();
        }
        assertThat(out.toString().strip()).isEqualTo("{\"id\":\"7\"}");
        assertThat(seen.get()).isEqualTo("/api/v1/events/tree k-1 {\"Type\":\"DELETE\"}");
        assertThat(claims(bearer.get().substring("Bearer ".length())).getStringListClaimValue("roles"))
                .containsExactly("publisher");
    }

    @Test
    void aRefusalShowsTheReason() throws IOException {
        try (Answering server = new Answering(
                403, "{\"title\":\"x\",\"detail\":\"not yours\"}", new AtomicReference<>(), new AtomicReference<>())) {
            assertThat(run("publish", "tree", "{}", "--url", server.url() + "/", "--token", "t"))
                    .isEqualTo(1);
        }
        assertThat(err.toString().strip()).isEqualTo("refused (403): not yours");
    }

    @Test
    void nothingIsSentThatIsNotJson() {
        assertThat(run("publish", "tree", "{", "--url", "http://localhost:1", "--token", "t"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("not JSON");
        assertThat(run("publish", "tree", "{}", "--url", "http://localhost:1", "--token", "t"))
                .isEqualTo(1);
        assertThat(err.toString()).contains("nothing answers at http://localhost:1");
    }

    /** A gateway with one answer. */
    private static final class Answering implements AutoCloseable {
        private final HttpServer server;

        Answering(int status, String answer, AtomicReference<String> seen, AtomicReference<String> bearer)
                throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext("/", exchange -> {
                bearer.set(exchange.getRequestHeaders().getFirst("Authorization"));
                seen.set(exchange.getRequestURI().getPath() + " "
                        + exchange.getRequestHeaders().getFirst("Idempotency-Key") + " "
                        + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
                byte[] body = answer.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(status, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            server.start();
        }

        String url() {
            return "http://localhost:" + server.getAddress().getPort();
        }

        @Override
        public void close() {
            server.stop(0);
        }
    }
}
