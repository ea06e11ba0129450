package io.switchboard.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.rule.TopicRules.RuleTexts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicRulesTest {
    private static final RuleTexts NOTHING = new RuleTexts(List.of(), List.of(), List.of(), List.of());

    /** As they are configured from the start. */
    private static final TopicRules STARTER = new TopicRules(
            new RuleTexts(
                    List.of("chat.**", "updates.**", "notifications", "presence.**"),
                    List.of("chat.**", "updates.**"),
                    List.of(),
                    List.of()),
            Map.of());

    private static final Claims ALICE = claims("alice");

    private static Claims claims(String user, String... roles) {
        View view = new View("w1", Optional.of("slug"), List.of(), View.Permission.READ);
        return new Claims("s-" + user, user, "standard", Set.of(roles), List.of(view), Instant.MAX);
    }

    private static Pattern pattern(String text) throws Exception {
        return TopicSyntax.DOTTED.pattern(text);
    }

    private static boolean subscribes(TopicRules rules, Claims claims, String text) throws Exception {
        boolean may = rules.maySubscribe(claims, pattern(text));
        Optional<Topic> exact = pattern(text).exact();
        exact.ifPresent(topic -> assertThat(rules.mayHear(claims, topic)).isEqualTo(may));
        return may;
    }

    private static boolean publishes(TopicRules rules, Claims claims, String text) throws Exception {
        return rules.mayPublish(claims, TopicSyntax.DOTTED.topic(text));
    }

    private static TopicRules subscribe(List<String> allow, List<String> deny) {
        return new TopicRules(new RuleTexts(allow, List.of(), deny, List.of()), Map.of());
    }

    private static TopicRules publish(List<String> allow, List<String> deny) {
        return new TopicRules(new RuleTexts(List.of(), allow, List.of(), deny), Map.of());
    }

    @ParameterizedTest
    @CsvSource({
        "chat.general,true",
        "chat.general.x,true",
        "chat.**,true",
        "chat.*,true",
        "chat,false",
        "updates.>,true",
        "notifications,true",
        "notifications.x,false",
        "notifications.*,false",
        "presence.*,true",
        "presence,false",
        "**,false",
        "*,false",
        "*.general,false",
        "chatter.x,false",
        "secret,false"
    })
    void whoBeginsMaySubscribeToThis(String text, boolean allowed) throws Exception {
        assertThat(subscribes(STARTER, ALICE, text)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "chat.general,true",
        "updates.a.b,true",
        "chat,false",
        "notifications,false",
        "secret,false",
        "presence.alice,false"
    })
    void whoBeginsMayPublishOnThis(String text, boolean allowed) throws Exception {
        assertThat(publishes(STARTER, ALICE, text)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tree.w1", "tree.**", "job.bob", "idm.*", "activity.**", "room.x", "user.bob", "role.*"})
    void anyPatternMayNameWhatClaimsGuard(String text) throws Exception {
        TopicRules none = new TopicRules(NOTHING, Map.of());

        assertThat(none.maySubscribe(ALICE, pattern(text))).isTrue();
        assertThat(subscribe(List.of(), List.of("tree.**", "*.**")).maySubscribe(ALICE, pattern(text)))
                .as("but not against a rule that denies")
                .isFalse();
        assertThat(none.maySubscribe(ALICE, pattern("**")))
                .as("nor by a wildcard alone")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tree.w1",
                "job.alice",
                "idm.user.alice",
                "activity.alice",
                "room.x",
                "presence.alice",
                "user.alice",
                "role.x",
                "workspace.w1",
                "session.x",
                "everyone",
                "everyone.x"
            })
    void noRuleLetsClientsPublishThere(String topic) throws Exception {
        assertThat(publishes(publish(List.of("**"), List.of()), ALICE, topic)).isFalse();
    }

    private static Topic topic(String text) throws Exception {
        return TopicSyntax.DOTTED.topic(text);
    }

    private static RuleTexts prioritizing(List<String> publish, List<String> allow, List<String> deny) {
        return new RuleTexts(List.of(), publish, List.of(), List.of(), List.of(), List.of(), allow, deny);
    }

    private static RuleTexts writing(List<String> allow, List<String> deny) {
        return new RuleTexts(List.of(), List.of(), List.of(), List.of(), allow, deny, List.of(), List.of());
    }

    /** A name is a segment, whatever is in it. */
    @Test
    void whomOneMayWriteToIsARule() throws Exception {
        TopicRules rules = new TopicRules(
                writing(List.of("*"), List.of("root", "john%2Edoe")),
                Map.of("ops", writing(List.of(), List.of("alice"))));
        Claims alice = claims("alice");
        Claims ops = claims("bob", "ops");

        assertThat(rules.mayWrite(alice, "bob")).isTrue();
        assertThat(rules.mayWrite(alice, "a.b>*/c")).isTrue();
        assertThat(rules.mayWrite(alice, "root")).isFalse();
        assertThat(rules.mayWrite(alice, "john.doe")).isFalse();
        assertThat(rules.mayWrite(ops, "alice")).isFalse();
        assertThat(rules.mayWrite(ops, "bob")).isTrue();
        TopicRules own = new TopicRules(writing(List.of("{user}"), List.of()), Map.of());
        assertThat(own.mayWrite(alice, "alice")).isTrue();
        assertThat(own.mayWrite(alice, "bob")).isFalse();
        assertThat(new TopicRules(NOTHING, Map.of()).mayWrite(alice, "alice")).isFalse();
        assertThatThrownBy(() -> new TopicRules(writing(List.of("a..b"), List.of()), Map.of()))
                .hasMessageContaining("switchboard.rules.direct");
    }

    /** Whoever may publish may still not be urgent; and being urgent does not let anybody publish. */
    @Test
    void whoMayBeUrgentIsARuleOfItsOwn() throws Exception {
        TopicRules rules = new TopicRules(
                prioritizing(List.of("chat.**"), List.of("chat.{user}.**"), List.of("chat.**.quiet")),
                Map.of("ops", prioritizing(List.of(), List.of("alerts"), List.of())));
        Claims ops = claims("bob", "ops");
        Claims alice = claims("alice");

        assertThat(rules.mayPrioritize(alice, topic("chat.alice.x"))).isTrue();
        assertThat(rules.mayPrioritize(alice, topic("chat.alice.quiet"))).isFalse();
        assertThat(rules.mayPrioritize(alice, topic("chat.bob.x"))).isFalse();
        assertThat(rules.mayPrioritize(alice, topic("alerts"))).isFalse();
        assertThat(rules.mayPrioritize(ops, topic("alerts"))).isTrue();
        assertThat(rules.mayPublish(ops, topic("alerts"))).isFalse();
        assertThat(new TopicRules(NOTHING, Map.of()).mayPrioritize(alice, topic("chat.alice.x")))
                .isFalse();
        assertThatThrownBy(() -> new TopicRules(prioritizing(List.of(), List.of("a..b"), List.of()), Map.of()))
                .hasMessageContaining("switchboard.rules.priority");
    }

    @Test
    void aRuleOfEverythingIsOfEverythingElse() throws Exception {
        assertThat(publishes(publish(List.of("**"), List.of()), ALICE, "other.x"))
                .isTrue();
        assertThat(subscribes(subscribe(List.of("**"), List.of()), ALICE, "**")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "inbox.alice,true",
        "inbox.bob,false",
        "inbox.*,false",
        "inbox.**,false",
        "inbox.alice.x,false",
        "by.s-alice.x,true",
        "by.alice.x,false",
        "ws.w1,true",
        "ws.slug,false",
        "ws.w2,false",
        "kind.standard,true",
        "team.dev,true",
        "team.ops,true",
        "team.sales,false",
        "team.{role},false"
    })
    void templatesStandForWhatClaimsHold(String text, boolean allowed) throws Exception {
        TopicRules rules = subscribe(
                List.of("inbox.{user}", "by.{subject}.**", "ws.{workspace}", "kind.{profile}", "team.{role}"),
                List.of());

        assertThat(subscribes(rules, claims("alice", "dev", "ops"), text)).isEqualTo(allowed);
    }

    /** A name is no pattern, whatever it looks like, and no template. */
    @ParameterizedTest
    @ValueSource(strings = {"*", "**", ">", "a.b", "{user}", "{role}", "%2A", "%", "alice.**"})
    void aNameIsTakenLiterally(String user) throws Exception {
        Claims claims = claims(user);
        TopicRules rules = new TopicRules(
                new RuleTexts(List.of("inbox.{user}"), List.of("inbox.{user}"), List.of(), List.of()), Map.of());
        String own = TopicSyntax.DOTTED.write(Topic.of("inbox", user));

        assertThat(subscribes(rules, claims, own)).isTrue();
        assertThat(publishes(rules, claims, own)).isTrue();
        for (String text : List.of("inbox.alice", "inbox.*", "inbox.**", "inbox.a.b", "inbox.role")) {
            assertThat(subscribes(rules, claims, text)).as(text).isFalse();
        }
        assertThat(publishes(rules, claims, "inbox.alice")).isFalse();
        assertThat(subscribes(rules, ALICE, own)).isFalse();
        TopicRules deny = subscribe(List.of("inbox.**"), List.of("inbox.{user}"));
        assertThat(subscribes(deny, claims, "inbox.alice")).isTrue();
        assertThat(subscribes(deny, claims, own)).isFalse();
        assertThat(subscribes(deny, claims, "inbox.*")).as("own is among them").isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "chat.secret,chat.general,true",
        "chat.secret,chat.secret,false",
        "chat.secret,chat.secret.x,true",
        "chat.secret,chat.*,false",
        "chat.secret,chat.**,false",
        "chat.secret,chat.*.x,true",
        "chat.secret,chat.a.**,true",
        "chat.*.private,chat.a.private,false",
        "chat.*.private,chat.a,true",
        "chat.*.private,chat.a.*,false",
        "chat.*.private,chat.**.private,false",
        "chat.*.private,chat.*.*.x,true",
        "chat.**.private,chat.a.**,false",
        "**,chat.a,false",
        "other.**,chat.**,true"
    })
    void whatMeetsADenialIsDenied(String deny, String text, boolean allowed) throws Exception {
        assertThat(subscribes(subscribe(List.of("chat.**"), List.of(deny)), ALICE, text))
                .isEqualTo(allowed);
    }

    @Test
    void oneRuleMustCoverItWhole() throws Exception {
        TopicRules rules = subscribe(List.of("a.b", "a.c", "a.d.**"), List.of());

        assertThat(subscribes(rules, ALICE, "a.b")).isTrue();
        assertThat(subscribes(rules, ALICE, "a.d.*")).isTrue();
        assertThat(subscribes(rules, ALICE, "a.*")).isFalse();
    }

    @Test
    void directionsHaveNothingToDoWithEachOther() throws Exception {
        TopicRules rules = new TopicRules(
                new RuleTexts(List.of("in.**", "both"), List.of("out.**", "both"), List.of("both"), List.of()),
                Map.of());

        assertThat(subscribes(rules, ALICE, "in.x")).isTrue();
        assertThat(publishes(rules, ALICE, "in.x")).isFalse();
        assertThat(subscribes(rules, ALICE, "out.x")).isFalse();
        assertThat(publishes(rules, ALICE, "out.x")).isTrue();
        assertThat(subscribes(rules, ALICE, "both")).isFalse();
        assertThat(publishes(rules, ALICE, "both")).isTrue();
        assertThat(publishes(publish(List.of("**"), List.of("a.**")), ALICE, "a.b"))
                .isFalse();
        assertThat(rules.deniesSubscribing(ALICE, pattern("*"))).isTrue();
        assertThat(rules.deniesSubscribing(ALICE, pattern("x"))).isFalse();
    }

    @Test
    void rolesAddToWhatAllMay() throws Exception {
        TopicRules rules = new TopicRules(
                new RuleTexts(List.of("chat.**"), List.of(), List.of(), List.of()),
                Map.of(
                        "ops", new RuleTexts(List.of("alerts.**"), List.of("alerts.**"), List.of(), List.of()),
                        "muted", new RuleTexts(List.of(), List.of(), List.of("chat.**"), List.of("**"))));

        assertThat(subscribes(rules, ALICE, "alerts.x")).isFalse();
        assertThat(subscribes(rules, claims("bob", "ops"), "alerts.x")).isTrue();
        assertThat(subscribes(rules, claims("bob", "ops"), "chat.x")).isTrue();
        assertThat(publishes(rules, claims("bob", "ops"), "alerts.x")).isTrue();
        assertThat(publishes(rules, claims("bob", "ops", "muted"), "alerts.x")).isFalse();
        assertThat(subscribes(rules, claims("bob", "ops", "muted"), "chat.x")).isFalse();
        assertThat(subscribes(rules, claims("bob", "ops", "muted"), "alerts.x")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"chat..x,'chat..x'", "a*,a", "{nobody}.x,'{nobody}'", "chat.{},'{}'", "'',''", "@x,@x"})
    void aRuleThatIsNoneStopsTheStart(String text, String named) {
        assertThatThrownBy(() -> subscribe(List.of("chat.**", text), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("switchboard.rules.subscribe: ")
                .hasMessageContaining(named);
        assertThatThrownBy(() -> new TopicRules(
                        NOTHING, Map.of("ops", new RuleTexts(List.of(), List.of(), List.of(), List.of(text)))))
                .hasMessageStartingWith("switchboard.rules.roles.ops.deny-publish: ");
    }

    @Test
    void spacesBetweenRulesAreNoPartOfThem() throws Exception {
        assertThat(subscribes(subscribe(List.of(" chat.** "), List.of()), ALICE, "chat.x"))
                .isTrue();
    }
}
