package io.switchboard.dialect.flamigo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.buffer.Unpooled;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.TopicName;
import io.switchboard.dialect.flamigo.FlamigoRequest.Ack;
import io.switchboard.dialect.flamigo.FlamigoRequest.FieldError;
import io.switchboard.hub.Content;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.WireJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON is written with single quotes here. */
class FlamigoDialectTest {
    private static final Claims ALICE = new Claims("alice", "alice", "", Set.of(), List.of(), Instant.MAX);

    private static final String SECRET = "hunter2";
    private static final FlamigoRequest ASKED =
            new FlamigoRequest("app::orders:create", Optional.of(new Ack("ackId", "7")), List.of());
    private static final FlamigoRequest SIGN_IN =
            new FlamigoRequest("app::websocket:auth", Optional.of(new Ack("ack", "7")), List.of());

    private final FlamigoDialect dialect = new FlamigoDialect(WireJson.MAPPER, false);

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    private Command decode(String text) {
        return dialect.decode(json(text));
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return json(text).getBytes(StandardCharsets.UTF_8);
    }

    private static String only(List<Frame> frames) {
        assertThat(frames).hasSize(1);
        return text(frames.getFirst().contents().getFirst());
    }

    private static FlamigoRequest request(Command command) {
        return switch (command) {
            case Command.Call call -> (FlamigoRequest) call.request();
            case Command.Refused refused -> (FlamigoRequest) refused.request();
            case Command.Denied denied -> (FlamigoRequest) denied.request();
            case Command.Authenticate authenticate -> (FlamigoRequest) authenticate.request();
            case Command.AuthenticateBy by -> (FlamigoRequest) by.request();
            default -> throw new AssertionError(command);
        };
    }

    /** What a request is refused with, as the client sees it. */
    private JsonNode refused(String text) {
        Command command = decode(text);
        assertThat(command).isInstanceOf(Command.Refused.class);
        Command.Refused refused = (Command.Refused) command;
        return WireJson.read(only(dialect.reply(refused.request(), refused.error())));
    }

    // What a request means

    @Test
    void aStrategyIsACallOfTheServiceBehindTheScope() {
        assertThat(decode("{'topic':'app::orders:create','payload':{'n':[1.10,1e2,null,'ä']},'x':1}"))
                .isInstanceOfSatisfying(Command.Call.class, call -> {
                    assertThat(call.service()).isEqualTo("orders:create");
                    assertThat(text(call.payload())).isEqualTo(json("{'n':[1.10,1E+2,null,'ä']}"));
                    assertThat(call.request())
                            .isEqualTo(new FlamigoRequest("app::orders:create", Optional.empty(), List.of()));
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "0", "true", "'text'", "''", "[]", "{}"})
    void aPayloadIsAnyJson(String payload) {
        assertThat(decode("{'topic':'app::a','payload':" + payload + "}"))
                .isInstanceOfSatisfying(
                        Command.Call.class,
                        call -> assertThat(text(call.payload())).isEqualTo(json(payload)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'ackId':'1' | ackId | 1",
                "'ack':'2' | ack | 2",
                "'ack':'2','ackId':'1' | ackId | 1",
                "'ack':'2','ackId':null | ack | 2",
                "'ackId':'' | ackId | ``"
            })
    void theAnswerIsKnownAgainUnderTheNameThatTheRequestUsed(String field, String name, String value) {
        for (String topic : List.of("app::a", "b::a", "app::websocket:auth")) {
            FlamigoRequest request = request(decode("{'topic':'" + topic + "','payload':{'token':'t'}," + field + "}"));

            assertThat(request.ack()).contains(new Ack(name, value));
            assertThat(WireJson.read(only(dialect.reply(request, new Reply.Failed(403, "no"))))
                            .path(name)
                            .textValue())
                    .isEqualTo(value);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",'ackId':null", ",'ack':null,'ackId':null"})
    void whoWantsNoAckIsAnsweredWithoutOne(String field) {
        FlamigoRequest request = request(decode("{'topic':'app::a','payload':1" + field + "}"));

        assertThat(only(dialect.reply(request, new Reply.Called(utf8("[1]")))))
                .isEqualTo(json("{'topic':'app::a','payload':[1]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "true", "{}", "['a']", "LONG"})
    void anAckIsAString(String value) {
        for (String name : List.of("ack", "ackId")) {
            JsonNode error = refused("{'topic':'app::a','payload':1,'" + name + "':"
                    + value.replace("LONG", "'" + "x".repeat(257) + "'") + "}");

            assertThat(error.has(name)).isFalse();
            assertThat(error.at("/payload/fieldErrors/0/field").asText()).isEqualTo(name);
        }
        assertThat(request(decode("{'topic':'app::a','payload':1,'ack':'" + "x".repeat(256) + "'}"))
                        .ack())
                .isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'ackId':'1'} | topic payload",
                "{'ackId':'1','payload':1} | topic",
                "{'ackId':'1','topic':null,'payload':1} | topic",
                "{'ackId':'1','topic':'','payload':1} | topic",
                "{'ackId':'1','topic':7,'payload':1} | topic",
                "{'ackId':'1','topic':['app::a']} | topic payload",
                "{'ackId':'1','topic':'app::a'} | payload",
                "{'ackId':'1','topic':'nowhere'} | payload",
                "{'ackId':'1','topic':'app::websocket:auth'} | payload",
                "{'ackId':'1','topic':'app::websocket:auth','payload':null} | token",
                "{'ackId':'1','topic':'app::websocket:auth','payload':'hunter2'} | token",
                "{'ackId':'1','topic':'app::websocket:auth','payload':{}} | token",
                "{'ackId':'1','topic':'app::websocket:auth','payload':{'token':''}} | token",
                "{'ackId':'1','topic':'app::websocket:auth','payload':{'token':null}} | token",
                "{'ackId':'1','topic':'app::websocket:auth','payload':{'token':['hunter2']}} | token"
            })
    void everyFieldThatIsMissingOrWrongIsNamed(String text, String fields) {
        JsonNode error = refused(text);

        assertThat(error.path("topic").asText()).isEqualTo("error");
        assertThat(error.path("ackId").asText()).isEqualTo("1");
        JsonNode payload = error.path("payload");
        assertThat(payload.path("status")).isEqualTo(WireJson.read("400"));
        assertThat(payload.path("message").asText()).isNotEmpty();
        assertThat(payload.path("fieldErrors"))
                .extracting(one -> one.path("field").asText())
                .containsExactly(fields.split(" ", -1));
        assertThat(payload.path("fieldErrors"))
                .allSatisfy(one -> assertThat(one.path("error").asText()).isNotEmpty());
        assertThat(error.toString()).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "hunter2",
                "null",
                "7",
                "[]",
                "'hunter2'",
                "{'topic':'app::a','payload':1",
                "{'topic':'app::a','payload':1} hunter2",
                "{'topic':'app::a','payload':1} {}",
                "{'topic':'app::a','topic':'app::a','payload':1}",
                "{'topic':'app::a','payload':{'hunter2':1,'hunter2':2},'ack':'1'}",
                "{'topic':'app::a','payload':1e9999999999,'ack':'1'}"
            })
    void whatIsNoJsonObjectIsAnErrorWithoutAck(String text) {
        JsonNode error = refused(text);

        assertThat(error.properties()).hasSize(2);
        assertThat(error.path("topic").asText()).isEqualTo("error");
        assertThat(error.at("/payload/status").asInt()).isEqualTo(400);
        assertThat(error.path("payload").has("fieldErrors")).isFalse();
        assertThat(error.toString()).doesNotContain(SECRET);
    }

    @Test
    void depthIsBounded() {
        assertThat(dialect.decode("[".repeat(100_000))).isInstanceOf(Command.Refused.class);
        assertThat(decode("{'topic':'app::a','payload':" + "[".repeat(990) + "]".repeat(990) + "}"))
                .isInstanceOf(Command.Call.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"app:orders", "app", "APP::a", " app::a", "core::a", "websocket:auth", "error"})
    void anotherScopeIsDeniedToWhoIsSignedIn(String topic) {
        assertThat(decode("{'topic':'" + topic + "','payload':1,'ack':'1'}"))
                .isInstanceOfSatisfying(
                        Command.Denied.class,
                        denied -> assertThat(only(dialect.reply(denied.request(), denied.error())))
                                .isEqualTo(json("{'topic':'error','payload':{'message':'the commands scope is invalid',"
                                        + "'status':403},'ack':'1'}")));
    }

    @ParameterizedTest
    @CsvSource({"app::,''", "app::a b,a b", "app::app::a,app::a", "app::websocket:auth2,websocket:auth2"})
    void whatIsNoNameOfAServiceIsLeftToThem(String topic, String service) {
        assertThat(decode("{'topic':'" + topic + "','payload':1}"))
                .isInstanceOfSatisfying(
                        Command.Call.class, call -> assertThat(call.service()).isEqualTo(service));
    }

    @Test
    void aTokenSignsIn() {
        assertThat(decode("{'topic':'app::websocket:auth','payload':{'token':'hunter2','x':1},'ack':'7'}"))
                .isEqualTo(new Command.Authenticate(SIGN_IN, Optional.of(SECRET)))
                .asString()
                .doesNotContain(SECRET);
    }

    @Test
    void whereAServiceSignsInItGetsWhateverWasSent() {
        FlamigoDialect other = new FlamigoDialect(WireJson.MAPPER, true);
        for (String payload : List.of("{'token':'hunter2'}", "{'user':'a','password':'hunter2'}", "null")) {
            assertThat(other.decode(json("{'topic':'app::websocket:auth','payload':" + payload + ",'ack':'7'}")))
                    .isInstanceOfSatisfying(Command.AuthenticateBy.class, by -> {
                        assertThat(by.service()).isEqualTo("websocket:auth");
                        assertThat(by.request()).isEqualTo(SIGN_IN);
                        assertThat(text(by.payload())).isEqualTo(json(payload));
                        assertThat(by.toString()).doesNotContain(SECRET);
                    });
        }
    }

    @Test
    void binaryMessagesAreNotSpoken() {
        assertThat(dialect.decode(Unpooled.wrappedBuffer(new byte[] {1}))).isEmpty();
    }

    @Test
    void nothingMakesItThrow() {
        RandomText random = new RandomText(new Random(11));
        FlamigoDialect other = new FlamigoDialect(WireJson.MAPPER, true);
        for (int i = 0; i < 20_000; i++) {
            String text = random.next();
            for (String message : List.of(
                    text,
                    "{\"topic\":" + text + ",\"payload\":1}",
                    "{\"topic\":\"app::websocket:auth\",\"payload\":" + text + ",\"ack\":" + text + "}")) {
                for (FlamigoDialect one : List.of(dialect, other)) {
                    Command command = one.decode(message);
                    assertThat(one.reply(request(command), new Reply.Failed(400, "no")))
                            .as("%s", message)
                            .hasSize(1);
                }
            }
        }
    }

    // What is answered

    @Test
    void aSignInIsAnsweredUnderItsTopic() {
        assertThat(only(dialect.reply(SIGN_IN, new Reply.Authenticated(UUID.randomUUID(), Optional.empty()))))
                .isEqualTo(json("{'topic':'app::websocket:auth','payload':{'success':true},'ack':'7'}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | {'success':true}",
                "{'user':'a','n':1.10} | {'user':'a','n':1.10,'success':true}",
                "{'success':false} | {'success':true}",
                "null | {'success':true}",
                "[1] | {'success':true}"
            })
    void whatAServiceSaysOfASignInIsMergedWithItsSuccess(String said, String payload) {
        assertThat(only(dialect.reply(SIGN_IN, new Reply.Introduced("token", ALICE, utf8(said)))))
                .isEqualTo(json("{'topic':'app::websocket:auth','payload':" + payload + ",'ack':'7'}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'a':1.10}", "[1,null]", "'ä\\n'", "null", "0.10", "true"})
    void aResultIsThePayloadAsItIs(String result) {
        assertThat(only(dialect.reply(ASKED, new Reply.Called(utf8(result)))))
                .isEqualTo(json("{'topic':'app::orders:create','payload':" + result + ",'ackId':'7'}"));
    }

    @Test
    void anErrorSaysWhyAndWhenToTryAgain() {
        assertThat(only(dialect.reply(ASKED, new Reply.Failed(404, "there is no such \"service\""))))
                .isEqualTo(json("{'topic':'error','payload':{'message':'there is no such \\'service\\'',"
                        + "'status':404},'ackId':'7'}"));
        assertThat(only(dialect.reply(ASKED, new Reply.Failed(429, "slowly", "", OptionalLong.of(1500)))))
                .isEqualTo(json("{'topic':'error','payload':{'message':'slowly','status':429,"
                        + "'retry_after_ms':1500},'ackId':'7'}"));
        FlamigoRequest wrong =
                new FlamigoRequest("", Optional.empty(), List.of(new FieldError("a", "b"), new FieldError("c", "d")));
        assertThat(only(dialect.reply(wrong, new Reply.Failed(400, "no"))))
                .isEqualTo(json("{'topic':'error','payload':{'message':'no','status':400,"
                        + "'fieldErrors':[{'field':'a','error':'b'},{'field':'c','error':'d'}]}}"));
    }

    @Test
    void whoIsNotSignedInIsUnauthorized() {
        assertThat(only(dialect.reply(ASKED, Reply.Failed.SIGN_IN_FIRST)))
                .isEqualTo(json("{'topic':'error','payload':{'message':'unauthorized','status':401},'ackId':'7'}"));
        assertThat(only(dialect.reply(SIGN_IN, new Reply.Failed(401, "the token has expired"))))
                .contains("the token has expired");
    }

    @Test
    void otherRepliesAreOfOtherDialects() {
        assertThatThrownBy(() -> dialect.reply(ASKED, new Reply.Done())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aRequestDoesNotTellWhatTheClientSent() {
        assertThat(new FlamigoRequest(SECRET, Optional.of(new Ack("ack", SECRET)), List.of()).toString())
                .doesNotContain(SECRET);
    }

    // What is said without being asked

    @Test
    void noticesAreTopicsOfTheirOwn() {
        Instant end = Instant.ofEpochMilli(1_767_225_600_000L);
        TopicName name = new TopicName("users/u1", Pattern.of(Topic.of("users", "u1")));

        assertThat(only(dialect.notice(new Notice.TokenExpiring(end))))
                .isEqualTo(json("{'topic':'websocket:token_expiring','payload':{'expires_at':1767225600000}}"));
        assertThat(only(dialect.notice(new Notice.Dropped(List.of(name, name), 3))))
                .isEqualTo(json("{'topic':'websocket:unsubscribed','payload':{'topics':['users/u1']}}"));
        assertThat(only(dialect.notice(new Notice.Gap(Optional.of(Topic.of("a.b", "c")), 412))))
                .isEqualTo(json("{'topic':'websocket:gap','payload':{'topic':'a%2Eb:c','missed':412}}"));
        assertThat(only(dialect.notice(new Notice.Gap(Optional.empty(), 2))))
                .isEqualTo(json("{'topic':'websocket:gap','payload':{'missed':2}}"));
        assertThat(only(dialect.notice(new Notice.Closing(401, "no sign-in in time"))))
                .isEqualTo(json("{'topic':'error','payload':{'message':'no sign-in in time','status':401}}"));
        assertThat(dialect.notice(new Notice.Welcome(UUID.randomUUID(), end))).isEmpty();
        assertThat(dialect.notice(new Notice.Revoked())).isEmpty();
        assertThat(dialect.notice(new Notice.Authorized("o", "yes"))).isEmpty();
    }

    // What publications look like

    private String rendered(Topic topic, Content content) {
        return text(new Publication(
                        new Position("e", 41, 1_767_225_600_000L),
                        topic,
                        new Guard.IsAnybody(),
                        Policy.RELIABLE,
                        Optional.empty(),
                        content)
                .frame(dialect.renderer())
                .contents()
                .getFirst());
    }

    private static Content.Message message(Topic shown, String clientTopic) {
        return new Content.Message(
                shown, utf8("{'n':1.10}"), Optional.of(utf8("{'x':1}")), Optional.ofNullable(clientTopic));
    }

    @Test
    void anEventHasTheTopicThatItsPublisherNamed() {
        assertThat(rendered(Topic.of("user", "alice"), message(Topic.of("orders"), "orders:\"new\" ä")))
                .isEqualTo("{\"topic\":\"orders:\\\"new\\\" ä\",\"payload\":{\"n\":1.10}}");
    }

    @ParameterizedTest
    @CsvSource({
        "chat general, chat:general",
        "users john.doe x, users:john%2Edoe:x",
        "a:b c/d, a%3Ab:c%2Fd",
        "100% *, 100%25:%2A",
        "alone, alone"
    })
    void anotherEventHasTheSegmentsOfItsTopic(String segments, String shown) throws Exception {
        Topic topic = Topic.of(List.of(segments.split(" ", -1)));

        assertThat(rendered(Topic.of("elsewhere"), message(topic, null)))
                .isEqualTo(json("{'topic':'" + shown + "','payload':{'n':1.10}}"));
        assertThat(rendered(topic, new Content.Event(utf8("{'e':1}"))))
                .isEqualTo(json("{'topic':'" + shown + "','payload':{'e':1}}"));
        assertThat(rendered(Topic.of("elsewhere"), new Content.Binary(topic, new byte[3], utf8("{'data':''}"))))
                .isEqualTo(json("{'topic':'" + shown + "','payload':{'data':''}}"));
        assertThat(rendered(topic, new Content.Presence(utf8("{'user_id':'bob'}"))))
                .isEqualTo(json("{'topic':'" + shown + "','payload':{'user_id':'bob'}}"));
        assertThat(dialect.names(shown).getFirst().pattern())
                .as("what a client was told, a service may name")
                .isEqualTo(Pattern.of(topic));
    }

    @Test
    void notificationsAndDirectMessagesHaveTopicsOfTheirOwn() {
        UUID id = UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");
        String direct = "{'topic':'direct:message','payload':{'from_user':'a\\'b','payload':[1],'message_id':'" + id
                + "','sent_at':1767225600000";

        assertThat(rendered(Topic.of("user", "alice"), new Content.Notification(utf8("{'level':'info'}"))))
                .isEqualTo(json("{'topic':'notification','payload':{'level':'info'}}"));
        assertThat(rendered(
                        Topic.of("user", "alice"),
                        new Content.Direct(id, "a\"b", utf8("[1]"), Optional.empty(), Optional.of(new byte[1]))))
                .isEqualTo(json(direct + "}}"));
        assertThat(rendered(
                        Topic.of("user", "alice"),
                        new Content.Direct(id, "a\"b", utf8("[1]"), Optional.of(utf8("{'x':1}")), Optional.empty())))
                .isEqualTo(json(direct + ",'metadata':{'x':1}}}"));
    }

    // How services name topics

    private List<Pattern> patterns(String text) throws InvalidTopicException {
        List<TopicName> names = dialect.names(text);
        assertThat(names).allMatch(name -> name.text().equals(text));
        return names.stream().map(TopicName::pattern).toList();
    }

    private boolean matches(String text, String topic) throws InvalidTopicException {
        Topic asked = Topic.of(List.of(topic.split(" ", -1)));
        return patterns(text).stream().anyMatch(pattern -> pattern.matches(asked));
    }

    @ParameterizedTest
    @CsvSource({
        "users/u1, users u1, true",
        "users/u1, users u1 x, true",
        "users/u1, users u1 x y, true",
        "users/u1, users u2, false",
        "users/u1, users, false",
        "users/u1, users u10, false",
        "users/*, users u1, true",
        "users/*, users u1 x y, true",
        "users/*, users, false",
        "users/*/x, users u1 x, true",
        "users/*/x, users u1 x y, true",
        "users/*/x, users u1 y, false",
        "users/*/x, users u1 u2 x, false",
        "*/u1, users u1, true",
        "*/u1, users u1 x, true",
        "*/*, users, false",
        "*/*, users u1 x, true",
        "users/**, users u1 x, true",
        "users/**, users, false",
        "users/john.doe, users john.doe x, true",
        "users/john%2Fdoe, users john/doe, true",
        "users/a:b, users a:b, true",
        "users, users, true",
        "users, users u1 x, true",
        "*, users, true",
        "*, users u1, true",
        "**, users u1, true",
        "chat:general, chat general, true",
        "chat:general, chat general x, true",
        "chat:*, chat general x, true",
        "chat.general, chat general, true",
        "chat.general, chat general x, false",
        "chat.*, chat general x, true",
        "chat.*, chat, false"
    })
    void aPatternMatches(String pattern, String topic, boolean matches) throws Exception {
        assertThat(matches(pattern, topic)).isEqualTo(matches);
    }

    /** Otherwise whoever gives up the one gives up part of the other. */
    @Test
    void patternsOfDifferentTextsAreDifferent() throws Exception {
        assertThat(patterns("users/u1")).doesNotContainAnyElementsOf(patterns("users/u1/*"));
        assertThat(patterns("users")).doesNotContainAnyElementsOf(patterns("users/*"));
    }

    @Test
    void aTopicThatIsAsLongAsCanBeHasNothingBehindIt() throws Exception {
        assertThat(patterns("a/".repeat(31) + "a")).hasSize(1);
        assertThat(patterns("a/".repeat(30) + "a")).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "users//x", "/users", "users/", "users/a*", "a::b", "@x/y", "users/%", "a/\u0000"})
    void whatIsNoPattern(String text) {
        assertThatThrownBy(() -> dialect.names(text)).isInstanceOf(InvalidTopicException.class);
    }

    @Test
    void claimsImplyWhatTheyDoElsewhere() {
        UUID session = UUID.randomUUID();
        Claims claims = new Claims(
                "sub",
                "alice",
                "standard",
                Set.of("r"),
                List.of(new View("ws", Optional.empty(), List.of(), View.Permission.READ)),
                Instant.MAX);

        assertThat(dialect.kind()).isEqualTo(DialectKind.FLAMIGO);
        assertThat(dialect.hasSubscriptions()).isTrue();
        assertThat(dialect.takesLetters()).isTrue();
        assertThat(dialect.signsInAtUpgrade()).isFalse();
        assertThat(dialect.impliedTopics(session, claims))
                .contains(
                        Topic.of("tree", "ws"),
                        Topic.of("job", "alice"),
                        Topic.of("user", "alice"),
                        Topic.of("session", session.toString()),
                        Topic.of("role", "r"),
                        Topic.of("everyone"));
    }
}
