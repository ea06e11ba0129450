package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.event.DeliveryPolicies.Entry;
import io.switchboard.hub.Content;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.testing.TestRooms;
import io.switchboard.testing.TestServices;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeliveryPoliciesTest {
    private static final Position POSITION = new Position("e", 1);

    private static DeliveryPolicies latest(String topics, String key) {
        return new DeliveryPolicies(Map.of(
                "x",
                new Entry(
                        List.of(topics.split(",")),
                        Policy.LATEST,
                        Optional.of(key).filter(text -> !text.isEmpty()))));
    }

    private static Publication said(String topic, String payload) {
        return said(Topic.of(topic.split("\\.")), payload, Optional.empty());
    }

    private static Publication said(Topic topic, String payload, Optional<String> key) {
        return new Publication(
                POSITION,
                topic,
                new Guard.IsAnybody(),
                Policy.RELIABLE,
                key,
                new Content.Message(topic, payload.getBytes(StandardCharsets.UTF_8), Optional.empty()));
    }

    private static Policy policyOf(DeliveryPolicies policies, String topic) {
        return policies.decide(said(topic, "1")).policy();
    }

    @Test
    void theFirstEntryByNameCounts() {
        DeliveryPolicies policies = new DeliveryPolicies(Map.of(
                "c", new Entry(List.of("**"), Policy.LATEST, Optional.empty()),
                "b", new Entry(List.of("a.b", "ticks.*"), Policy.VOLATILE, Optional.empty()),
                "a", new Entry(List.of("a.**"), Policy.RELIABLE, Optional.empty())));

        assertThat(policyOf(policies, "a.b")).isEqualTo(Policy.RELIABLE);
        assertThat(policyOf(policies, "ticks.x.y")).isEqualTo(Policy.VOLATILE);
        assertThat(policyOf(policies, "other")).isEqualTo(Policy.LATEST);
        assertThat(policies.isLatest(Topic.of("other"))).isTrue();
        assertThat(policies.isLatest(Topic.of("ticks", "x"))).isFalse();
        assertThat(policies.hasLatest()).isTrue();
    }

    @Test
    void withoutEntriesEverythingIsDelivered() {
        Publication publication = said("a.b", "1");

        assertThat(DeliveryPolicies.NONE.decide(publication)).isSameAs(publication);
        assertThat(DeliveryPolicies.NONE.hasLatest()).isFalse();
    }

    /** What a family has decided already, such as that a silent event may be dropped, stays. */
    @Test
    void whatMayBeDroppedStaysSo() {
        Publication silent = new Publication(
                POSITION, Topic.of("a"), new Guard.IsAnybody(), Policy.DROPPABLE, Optional.empty(), new byte[] {'1'});

        assertThat(latest("**", "").decide(silent)).isSameAs(silent);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"id\": \"a\"} | /id | a",
                "{\"id\": 17} | /id | 17",
                "{\"id\": true} | /id | true",
                "{\"stock\": {\"symbol\": \"X\"}} | /stock/symbol | X",
                "[{\"id\": 1}, {\"id\": 2}] | /1/id | 2",
                "{\"a/b\": {\"~\": 1}} | /a~1b/~0 | 1",
                "{\"id\": {}} | /id | ",
                "{\"id\": []} | /id | ",
                "{\"id\": null} | /id | ",
                "{\"id\": \"\"} | /id | ",
                "{\"other\": 1} | /id | ",
                "\"text\" | /id | ",
                "17 | /id | ",
                "{\"id\": 1, \"id\": 2} | /id | 1",
            })
    void theKeyIsWhereThePointerPoints(String payload, String pointer, String key) {
        assertThat(latest("a", pointer).decide(said("a", payload)).key()).isEqualTo(Optional.ofNullable(key));
    }

    @Test
    void theSendersOwnKeyCountsFirst() {
        Publication keyed = said(Topic.of("a"), "{\"id\": 1}", Optional.of("own"));

        assertThat(latest("a", "/id").decide(keyed).key()).contains("own");
    }

    @Test
    void whatIsUrgentIsReliableAndStillAValueOfItsKey() {
        Publication urgent = latest("a", "/id").decide(said("a", "{\"id\": 1}"), true);

        assertThat(urgent.policy()).isEqualTo(Policy.RELIABLE);
        assertThat(urgent.key()).contains("1");
    }

    /** Told by the topic that receivers see. */
    @Test
    void whatGoesToAnAudienceIsDeliveredAsTheTopicThatIsShown() {
        MessageFamily family = new MessageFamily(TestServices.NO_RULES, latest("orders.**", ""));
        Publication publication = family.publication(
                POSITION,
                new MessageEvent(
                        new Audience.User("alice"),
                        new Content.Message(Topic.of("orders", "17"), new byte[] {'1'}, Optional.empty()),
                        Optional.empty(),
                        false,
                        Optional.empty()));

        assertThat(publication.policy()).isEqualTo(Policy.LATEST);
        assertThat(publication.slot().topic()).isEqualTo(Topic.of("orders", "17"));
        assertThat(publication.slot())
                .isNotEqualTo(latest("**", "").decide(said("orders.17", "1")).slot());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"Job\": {\"ID\": \"j\"}, \"TaskUpdated\": {\"ID\": \"t\", \"Progress\": 0.5}} | | t",
                "{\"Job\": {\"ID\": \"j\"}, \"TaskUpdated\": {}} | | j",
                "{\"Job\": {}, \"TaskUpdated\": {}} | | ",
                "{\"Job\": {\"ID\": \"j\"}, \"TaskUpdated\": {\"ID\": \"t\"}} | /Job/ID | j",
                "{\"Job\": {\"ID\": \"j\"}, \"TaskUpdated\": {\"ID\": \"t\"}} | /Nothing | t",
            })
    void theKeyOfAJobIsItsTask(String json, String pointer, String key) {
        Families families = new Families(
                new MessageFamily(TestServices.NO_RULES, latest("job.**", pointer == null ? "" : pointer)),
                TestRooms.family());

        assertThat(families.of(POSITION, new JobEvent("alice", json)))
                .isInstanceOfSatisfying(Families.Published.class, published -> {
                    Publication publication = published.publications().getFirst();
                    assertThat(publication.policy()).isEqualTo(Policy.LATEST);
                    assertThat(publication.key()).isEqualTo(Optional.ofNullable(key));
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a..b | /id | LATEST | switchboard.delivery.x.topics | is no pattern",
                "a*   | /id | LATEST | switchboard.delivery.x.topics | is no pattern",
                "a    | id  | LATEST | switchboard.delivery.x.key    | such as /id",
                "a    | /a~ | LATEST | switchboard.delivery.x.key    | such as /id",
                "a    | /a~2 | LATEST | switchboard.delivery.x.key   | such as /id",
                "a    | /id | VOLATILE | switchboard.delivery.x.key  | policy=latest",
                "a    | /id | RELIABLE | switchboard.delivery.x.key  | policy=latest",
            })
    void whatCannotBeMeantSaysWhatToWrite(String topics, String key, Policy policy, String setting, String said) {
        assertThatThrownBy(
                        () -> new DeliveryPolicies(Map.of("x", new Entry(List.of(topics), policy, Optional.of(key)))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(setting)
                .hasMessageContaining(said);
    }
}
