package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import io.switchboard.testing.WireJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON is written with single quotes here. */
class MessageReaderTest {
    private static final UUID SESSION = UUID.randomUUID();

    private final EventReader reader = new EventReader(WireJson.MAPPER);

    private MessageEvent read(String json) throws Exception {
        return (MessageEvent)
                reader.read(EventTopic.PUBLISH, WireJson.MAPPER.readTree(json.replace('\'', '"')), json.length());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Content.Message message(MessageEvent event) {
        return (Content.Message) event.content();
    }

    @Test
    void everyFieldOfAMessage() throws Exception {
        MessageEvent event = read("{'topic':'chat.general','payload':{'a':[1,'ä']},'key':'k',"
                + "'metadata':{'ttl':60,'priority':'high','trace':{'x':1}},'id':'m-1','unknown':1}");

        assertThat(event.topic()).isEqualTo(EventTopic.PUBLISH);
        assertThat(event.audience()).isEqualTo(new Audience.Subscribers(Topic.of("chat", "general")));
        assertThat(event.shown()).isEqualTo(Topic.of("chat", "general"));
        assertThat(event.key()).contains("k");
        assertThat(event.timeToLive()).contains(Duration.ofMinutes(1));
        assertThat(text(message(event).payload())).isEqualTo("{\"a\":[1,\"ä\"]}");
        assertThat(message(event).metadata())
                .map(MessageReaderTest::text)
                .contains("{\"ttl\":60,\"priority\":\"high\",\"trace\":{\"x\":1}}");
        assertThat(event.weight())
                .isGreaterThan(message(event).payload().length
                        + message(event).metadata().orElseThrow().length);
    }

    @Test
    void whatIsLeftOut() throws Exception {
        MessageEvent event = read("{'topic':'t','payload':1,'key':null,'metadata':null,'user':null,'everyone':false}");

        assertThat(event.audience()).isEqualTo(new Audience.Subscribers(Topic.of("t")));
        assertThat(event.key()).isEmpty();
        assertThat(event.timeToLive()).isEmpty();
        assertThat(message(event).metadata()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "0", "-1.5", "true", "'text'", "''", "[]", "[1,{}]", "{}"})
    void aPayloadIsAnyJson(String payload) throws Exception {
        assertThat(text(message(read("{'topic':'t','payload':" + payload + "}")).payload()))
                .isEqualTo(payload.replace('\'', '"'));
    }

    @Test
    void everyAudience() throws Exception {
        assertThat(read("{'user':'a.b','payload':1}").audience()).isEqualTo(new Audience.User("a.b"));
        assertThat(read("{'role':'r','payload':1}").audience()).isEqualTo(new Audience.Role("r"));
        assertThat(read("{'workspace':'w','payload':1}").audience()).isEqualTo(new Audience.Workspace("w"));
        assertThat(read("{'session':'" + SESSION + "','payload':1}").audience())
                .isEqualTo(new Audience.Session(SESSION));
        assertThat(read("{'everyone':true,'payload':1}").audience()).isEqualTo(new Audience.Everyone());
    }

    @Test
    void anAudienceSeesTheTopicThatTheSenderNames() throws Exception {
        MessageEvent named = read("{'user':'alice','topic':'orders.17','payload':1}");
        MessageEvent plain = read("{'user':'a.b','payload':1}");

        assertThat(named.audience()).isEqualTo(new Audience.User("alice"));
        assertThat(named.shown()).isEqualTo(Topic.of("orders", "17"));
        assertThat(plain.shown()).isEqualTo(Topic.of("user", "a.b"));
    }

    @Test
    void aPublisherMayNameWhatClientsAreTold() throws Exception {
        MessageEvent event = read("{'topic':'orders.17','client_topic':'orders:changed ä😀','payload':1}");

        assertThat(event.shown()).isEqualTo(Topic.of("orders", "17"));
        assertThat(message(event).clientTopic()).contains("orders:changed ä😀");
        assertThat(event.weight())
                .isGreaterThan(read("{'topic':'orders.17','payload':1}").weight());
        assertThat(message(read("{'user':'alice','client_topic':'" + "x".repeat(256) + "','payload':1}"))
                        .clientTopic())
                .isPresent();
        assertThat(message(read("{'topic':'t','client_topic':null,'payload':1}"))
                        .clientTopic())
                .isEmpty();
        refuses("{'topic':'t','client_topic':'" + "x".repeat(257) + "','payload':1}", "client_topic");
    }

    @Test
    void everyFieldOfANotification() throws Exception {
        String notification =
                "{'level':'warning','title':'T','message':'M','actions':[{'label':'l','url':'/u'}],'x':1}";
        MessageEvent event = read("{'user':'alice','notification':" + notification + ",'metadata':{'ttl':0}}");

        assertThat(event.content())
                .isInstanceOfSatisfying(
                        Content.Notification.class,
                        content -> assertThat(text(content.json())).isEqualTo(notification.replace('\'', '"')));
        assertThat(event.timeToLive()).contains(Duration.ZERO);
        assertThat(event.shown()).isEqualTo(Topic.of("user", "alice"));
        assertThat(read("{'topic':'t','notification':{'title':'T'}}").audience())
                .isEqualTo(new Audience.Subscribers(Topic.of("t")));
        assertThat(read("{'everyone':true,'notification':{'message':'M','actions':null}}")
                        .content())
                .isInstanceOf(Content.Notification.class);
    }

    @Test
    void whatTheServerSaysOfAMessageStaysTheServers() throws Exception {
        MessageEvent event = read("{'topic':'t','payload':1,"
                + "'metadata':{'sent_at':1,'message_id':'x','offset':2,'epoch':'e','mine':3}}");

        assertThat(message(event).metadata()).map(MessageReaderTest::text).contains("{\"mine\":3}");
    }

    @Test
    void whatIsReadDoesNotChangeWithThePublishersTree() throws Exception {
        var json = WireJson.MAPPER.createObjectNode().put("topic", "t");
        json.putObject("payload").put("a", 1);
        json.putObject("metadata").put("sent_at", 1).put("b", 2);
        MessageEvent event = (MessageEvent) reader.read(EventTopic.PUBLISH, json, 1);
        json.withObject("/payload").put("a", 2);

        assertThat(text(message(event).payload())).isEqualTo("{\"a\":1}");
        assertThat(json.path("metadata").has("sent_at")).as("left alone").isTrue();
    }

    @Test
    void metadataIsBounded() throws Exception {
        String most = "x".repeat(Content.Message.LONGEST_METADATA - "{\"k\":\"\"}".length());
        assertThat(message(read("{'topic':'t','payload':1,'metadata':{'k':'" + most + "'}}"))
                        .metadata())
                .hasValueSatisfying(bytes -> assertThat(bytes).hasSize(Content.Message.LONGEST_METADATA));
        assertThat(message(read("{'topic':'t','payload':1,'metadata':{'epoch':'" + most + "','k':'" + most + "'}}"))
                        .metadata())
                .as("without what is the server's")
                .isPresent();
        refuses("{'topic':'t','payload':1,'metadata':{'k':'" + most + "x'}}", "metadata");
        refuses("{'topic':'t','payload':1,'metadata':{'k':'" + "ä".repeat(most.length() / 2 + 1) + "'}}", "metadata");
    }

    @Test
    void aMessageIsOfInterestForItsTime() throws Exception {
        MessageEvent event = read("{'topic':'t','payload':1,'metadata':{'ttl':2}}");

        assertThat(event.expired(1_000, 2_999)).isFalse();
        assertThat(event.expired(1_000, 3_000)).isTrue();
        assertThat(read("{'topic':'t','payload':1,'metadata':{'ttl':0}}").expired(1_000, 1_000))
                .isTrue();
        assertThat(read("{'topic':'t','payload':1}").expired(0, Long.MAX_VALUE)).isFalse();
    }

    private void refuses(String json, String field) throws Exception {
        var parsed = WireJson.MAPPER.readTree(json.replace('\'', '"'));
        InvalidEventException refusal = catchThrowableOfType(
                InvalidEventException.class, () -> reader.read(EventTopic.PUBLISH, parsed, json.length()));

        assertThat(refusal).as("a refusal of %s", json).isNotNull();
        assertThat(refusal.field()).as("%s", json).isEqualTo(field);
        assertThat(refusal.getMessage()).isNotBlank().doesNotContain("SECRET", "666");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'payload':1} | topic",
                "{'payload':1,'everyone':false} | topic",
                "{'topic':'t'} | payload",
                "{'topic':'t','payload':1,'notification':{'title':'T'}} | payload",
                "{'topic':'t','payload':null,'notification':{'title':'T'}} | payload",
                "{'topic':666,'payload':1} | topic",
                "{'topic':'','payload':1} | topic",
                "{'topic':'SECRET.*','payload':1} | topic",
                "{'topic':'a..SECRET','payload':1} | topic",
                "{'topic':'tree.SECRET','payload':1} | topic",
                "{'topic':'user.SECRET','payload':1} | topic",
                "{'topic':'everyone','payload':1} | topic",
                "{'topic':'presence.SECRET','payload':1} | topic",
                "{'topic':'%40merged-tree.SECRET','payload':1} | topic",
                "{'user':'a','topic':'job.SECRET','payload':1} | topic",
                "{'user':666,'payload':1} | user",
                "{'user':'','payload':1} | user",
                "{'role':[],'payload':1} | role",
                "{'role':'','payload':1} | role",
                "{'workspace':{},'payload':1} | workspace",
                "{'workspace':'','payload':1} | workspace",
                "{'session':'SECRET','payload':1} | session",
                "{'session':'','payload':1} | session",
                "{'session':666,'payload':1} | session",
                "{'everyone':'SECRET','payload':1} | everyone",
                "{'everyone':1,'payload':1} | everyone",
                "{'topic':'t','payload':1,'client_topic':666} | client_topic",
                "{'topic':'t','payload':1,'client_topic':''} | client_topic",
                "{'topic':'t','payload':1,'client_topic':'SECRET\\n'} | client_topic",
                "{'topic':'t','payload':1,'client_topic':'SECRET\\u0000'} | client_topic",
                "{'topic':'t','payload':1,'client_topic':'SECRET\\u0085'} | client_topic",
                "{'topic':'t','payload':1,'client_topic':'SECRET\\ud83d'} | client_topic",
                "{'topic':'t','payload':1,'client_topic':'SECRET\\ude00x'} | client_topic",
                "{'topic':'t','notification':{'title':'T'},'client_topic':'SECRET'} | client_topic",
                "{'topic':'t','payload':1,'key':666} | key",
                "{'topic':'t','payload':1,'key':''} | key",
                "{'topic':'t','payload':1,'metadata':'SECRET'} | metadata",
                "{'topic':'t','payload':1,'metadata':[]} | metadata",
                "{'topic':'t','payload':1,'metadata':{'ttl':'SECRET'}} | metadata.ttl",
                "{'topic':'t','payload':1,'metadata':{'ttl':-1}} | metadata.ttl",
                "{'topic':'t','payload':1,'metadata':{'ttl':1.5}} | metadata.ttl",
                "{'topic':'t','payload':1,'metadata':{'ttl':6660000000}} | metadata.ttl",
                "{'topic':'t','notification':'SECRET'} | notification",
                "{'topic':'t','notification':[]} | notification",
                "{'topic':'t','notification':{}} | notification.message",
                "{'topic':'t','notification':{'level':'info'}} | notification.message",
                "{'topic':'t','notification':{'title':666}} | notification.title",
                "{'topic':'t','notification':{'message':666}} | notification.message",
                "{'topic':'t','notification':{'title':'T','level':666}} | notification.level",
                "{'topic':'t','notification':{'title':'T','actions':'SECRET'}} | notification.actions",
                "{'topic':'t','notification':{'title':'T','actions':{}}} | notification.actions",
                "{'user':'a','role':'b','payload':1} | ``",
                "{'user':'a','everyone':true,'payload':1} | ``",
            })
    void everyRefusalNamesTheField(String json, String field) throws Exception {
        refuses(json, field);
    }

    @Test
    void namesAreBounded() throws Exception {
        for (String name : new String[] {"user", "role", "workspace"}) {
            assertThat(read("{'" + name + "':'" + "x".repeat(256) + "','payload':1}")
                            .audience())
                    .isNotNull();
            refuses("{'" + name + "':'" + "x".repeat(257) + "','payload':1}", name);
        }
        assertThat(read("{'topic':'t','payload':1,'key':'" + "x".repeat(128) + "'}")
                        .key())
                .isPresent();
        refuses("{'topic':'t','payload':1,'key':'" + "x".repeat(129) + "'}", "key");
        refuses("{'topic':'" + "x".repeat(1025) + "','payload':1}", "topic");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "1", "'x'", "null"})
    void aMessageIsAnObject(String json) throws Exception {
        refuses(json, "");
    }

    @Test
    void theTopicOfItsHistoryIsTheOneThatIsShown() throws Exception {
        assertThat(Replay.topicOf(read("{'user':'alice','topic':'orders.17','payload':1}")))
                .isEqualTo(Optional.of(Topic.of("orders", "17")));
        assertThat(Replay.topicOf(new JobEvent("alice", "{}"))).isEqualTo(Optional.of(JobFamily.topicOf("alice")));
        assertThat(Replay.topicOf(new JobEvent(JobEvent.SYSTEM_USER, "{}")))
                .isEqualTo(Optional.of(JobFamily.SYSTEM_TOPIC));
        assertThat(Replay.topicOf(new ActivityEvent("inbox", "user", "alice", "bob", "{}")))
                .isEmpty();
    }
}
