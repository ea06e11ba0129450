package io.switchboard.dialect.cells;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.PlainError;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.WireJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellsDialectTest {
    private static final String SECRET = "hunter2";

    private final CellsDialect dialect = new CellsDialect(WireJson.MAPPER);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"@type\":\"subscribe\",\"jwt\":\"a.b.c\"} | a.b.c",
                "{\"jwt\":\"a.b.c\",\"x\":[1],\"@type\":\"subscribe\"} | a.b.c",
                "{\"@type\":\"subscribe\",\"jwt\":\"\"} | ``",
                "{\"@type\":\"subscribe\",\"jwt\":null} | ``",
                "{\"@type\":\"subscribe\",\"jwt\":{\"a\":1}} | ``",
                "{\"@type\":\"subscribe\"} | ``",
            })
    void subscribeSignsIn(String text, String token) {
        assertThat(dialect.decode(text)).isEqualTo(new Command.SignIn(token));
    }

    @Test
    void unsubscribeSignsOut() {
        assertThat(dialect.decode("{\"@type\":\"unsubscribe\",\"jwt\":\"x\"}")).isEqualTo(new Command.SignOut());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"@type\":\"Subscribe\"}",
                "{\"@type\":null}",
                "{\"@type\":[]}",
                "{\"type\":\"subscribe\"}"
            })
    void otherObjectsAreIgnored(String text) {
        assertThat(dialect.decode(text)).isEqualTo(new Command.Ignored());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "7",
                "[]",
                "\"hunter2\"",
                "hunter2",
                "{\"@type\":\"subscribe\",\"jwt\":\"hunter2\"",
                "{\"@type\":\"subscribe\",\"jwt\":hunter2}",
                "{\"@type\":\"subscribe\"} hunter2",
                "{\"@type\":\"subscribe\",\"hunter2\":1,\"hunter2\":2}",
                "CONNECT\n"
            })
    void theRestIsMalformedAndNotQuoted(String text) {
        assertThat(dialect.decode(text))
                .isInstanceOfSatisfying(
                        Command.Malformed.class,
                        malformed -> assertThat(malformed.reason()).isNotEmpty().doesNotContain(SECRET));
    }

    @Test
    void depthIsBounded() {
        assertThat(dialect.decode("[".repeat(100_000))).isInstanceOf(Command.Malformed.class);
        assertThat(dialect.decode("{\"a\":".repeat(30_000))).isInstanceOf(Command.Malformed.class);
    }

    @Test
    void nothingMakesItThrow() {
        RandomText random = new RandomText(new Random(11));
        for (int i = 0; i < 20_000; i++) {
            String text = random.next();
            assertThat(dialect.decode(text)).as("%s", text).isNotNull();
        }
    }

    @Test
    void aSignInDoesNotTellItsToken() {
        assertThat(dialect.decode("{\"@type\":\"subscribe\",\"jwt\":\"" + SECRET + "\"}"))
                .isEqualTo(new Command.SignIn(SECRET))
                .asString()
                .doesNotContain(SECRET);
    }

    private String said(Notice notice) {
        return dialect.notice(notice).stream().map(RecordingTransport::textOf).collect(Collectors.joining());
    }

    @Test
    void itSaysNothingElseByItself() {
        assertThat(said(new Notice.Welcome(UUID.randomUUID(), Instant.EPOCH))).isEmpty();
        assertThat(said(new Notice.TokenExpiring(Instant.EPOCH))).isEmpty();
        assertThat(said(new Notice.Dropped(List.of(), 0))).isEmpty();
        assertThat(said(new Notice.Revoked())).isEmpty();
    }

    @Test
    void anErrorIsAsTheClientKnowsIt() {
        assertThat(said(new Notice.Closing(401, "the token has expired")))
                .isEqualTo("{\"@type\":\"error\",\"jwt\":\"\",\"error\":\"the token has expired\"}");
    }

    @Test
    void errorsAreJsonWhateverTheReason() throws Exception {
        String reason = "a \"quoted\"\n\\ \u0001 ä 😀";

        JsonNode cells = WireJson.MAPPER.readTree(said(new Notice.Closing(400, reason)));
        JsonNode plain = WireJson.MAPPER.readTree(RecordingTransport.textOf(PlainError.of(reason)));

        assertThat(cells.path("error").asText()).isEqualTo(reason);
        assertThat(plain).isEqualTo(WireJson.MAPPER.createObjectNode().put("error", reason));
    }

    @Test
    void aPublicationIsItsOwnJson() {
        String json = "{\"Target\":{\"Path\":\"ä\"}}";
        Publication publication = new Publication(
                new Position("e", 1),
                Topic.of("job", "alice"),
                new Guard.IsUser("alice"),
                Policy.RELIABLE,
                Optional.empty(),
                json.getBytes(StandardCharsets.UTF_8));

        assertThat(RecordingTransport.textOf(publication.frame(dialect.renderer())))
                .isEqualTo(json);
        assertThat(publication.frame(dialect.renderer())).isSameAs(publication.frame(dialect.renderer()));
    }

    private List<Object> implied(String profile, List<View> views) {
        List<Object> implied = new ArrayList<>();
        dialect.implied(
                UUID.randomUUID(), new Claims("s", "alice", profile, Set.of("r"), views, Instant.MAX), new Interests() {
                    @Override
                    public void view(View view, Pace pace) {
                        implied.add(view);
                        assertThat(pace).isEqualTo(Pace.MERGED);
                    }

                    @Override
                    public void topic(Topic topic, Guard guard) {
                        implied.add(topic + " " + guard);
                    }
                });
        return implied;
    }

    private static final List<Object> OF_ALICE = List.of(
            "idm.role.r HasRole[role=r]",
            "job.alice IsUser[username=alice]",
            "activity.alice IsUser[username=alice]",
            "idm.user.alice IsUser[username=alice]",
            "idm.subject.s IsSubject[subject=s]");

    @Test
    void claimsImplyTheirWorkspacesTheRolesAndTheUser() {
        View one = new View("w1", Optional.empty(), List.of(), View.Permission.READ);
        View two = new View("w2", Optional.empty(), List.of(), View.Permission.WRITE);
        View again = new View("w1", Optional.of("slug"), List.of(), View.Permission.READ);
        List<Object> expected = new ArrayList<>(List.of(
                one,
                "idm.workspace.w1 HoldsWorkspace[uuid=w1]",
                two,
                "idm.workspace.w2 HoldsWorkspace[uuid=w2]",
                again));
        expected.addAll(OF_ALICE);

        assertThat(implied("standard", List.of(one, two, again))).isEqualTo(expected);
        assertThat(implied("", List.of())).isEqualTo(OF_ALICE);
        assertThat(implied("Admin", List.of())).isEqualTo(OF_ALICE);
    }

    @Test
    void anAdminAlsoSeesTheJobsOfTheSystem() {
        assertThat(implied("admin", List.of()))
                .hasSize(OF_ALICE.size() + 1)
                .containsAll(OF_ALICE)
                .anySatisfy(interest -> assertThat(interest).asString().endsWith(" HasProfile[profile=admin]"));
    }

    @Test
    void itIsCells() {
        assertThat(dialect.kind()).isEqualTo(DialectKind.CELLS);
    }
}
