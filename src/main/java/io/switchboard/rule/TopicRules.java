package io.switchboard.rule;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Guard;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Rules by pattern: something is allowed if one rule that allows covers it whole and no rule that denies meets it. In a rule
 * a segment such as {@code {user}} stands for what the claims hold under that name, taken literally. Immutable, any thread.
 *
 * <p>Guarded topics have no rules that allow: any pattern may name them, and the guard of each publication decides.
 */
public final class TopicRules implements Guard.MayHear.Rules {
    private static final Map<String, Function<Claims, Set<String>>> TEMPLATES = Map.of(
            "user", claims -> Set.of(claims.username()),
            "subject", claims -> Set.of(claims.subject()),
            "profile", claims -> Set.of(claims.profile()),
            "role", Claims::roles,
            "workspace", claims -> claims.views().stream().map(View::uuid).collect(Collectors.toUnmodifiableSet()));

    /**
     * What is allowed and what is not; patterns as text, with dots.
     *
     * @param subscribe what may be subscribed to
     * @param publish what may be published on
     * @param denySubscribe what may not, whatever allows it
     * @param denyPublish the same
     * @param direct whom one may write to: names of users
     * @param denyDirect the same
     * @param prioritize where what is published may be urgent
     * @param denyPrioritize where it may not, whatever allows it
     * @param queues who works off queues, and who sends to them
     */
    public record RuleTexts(
            List<String> subscribe,
            List<String> publish,
            List<String> denySubscribe,
            List<String> denyPublish,
            List<String> direct,
            List<String> denyDirect,
            List<String> prioritize,
            List<String> denyPrioritize,
            QueueTexts queues) {
        /** No queues are anybody's but their owners'. */
        public RuleTexts(
                List<String> subscribe,
                List<String> publish,
                List<String> denySubscribe,
                List<String> denyPublish,
                List<String> direct,
                List<String> denyDirect,
                List<String> prioritize,
                List<String> denyPrioritize) {
            this(
                    subscribe,
                    publish,
                    denySubscribe,
                    denyPublish,
                    direct,
                    denyDirect,
                    prioritize,
                    denyPrioritize,
                    QueueTexts.NONE);
        }

        /** Nobody may be written to, and nothing is urgent. */
        public RuleTexts(
                List<String> subscribe, List<String> publish, List<String> denySubscribe, List<String> denyPublish) {
            this(subscribe, publish, denySubscribe, denyPublish, List.of(), List.of(), List.of(), List.of());
        }

        public RuleTexts {
            requireNonNull(queues, "queues");
            direct = List.copyOf(direct);
            denyDirect = List.copyOf(denyDirect);
            prioritize = List.copyOf(prioritize);
            denyPrioritize = List.copyOf(denyPrioritize);
            subscribe = List.copyOf(subscribe);
            publish = List.copyOf(publish);
            denySubscribe = List.copyOf(denySubscribe);
            denyPublish = List.copyOf(denyPublish);
        }
    }

    /**
     * What is allowed of queues and exchanges; patterns of their names as text, with dots.
     *
     * @param consume which queues may be worked off, whoever owns them
     * @param denyConsume which may not, whatever allows it
     * @param produce what may be sent to
     * @param denyProduce what may not, whatever allows it
     */
    public record QueueTexts(
            List<String> consume, List<String> denyConsume, List<String> produce, List<String> denyProduce) {
        /** Nothing. */
        public static final QueueTexts NONE = new QueueTexts(List.of(), List.of(), List.of(), List.of());

        public QueueTexts {
            consume = List.copyOf(consume);
            denyConsume = List.copyOf(denyConsume);
            produce = List.copyOf(produce);
            denyProduce = List.copyOf(denyProduce);
        }
    }

    /** Rules of one direction. */
    private record Direction(List<Pattern> allow, List<Pattern> deny) {
        boolean allows(Pattern asked, Function<String, Set<String>> values) {
            return any(allow, rule -> rule.covers(asked, values));
        }

        boolean denies(Pattern asked, Function<String, Set<String>> values) {
            return any(deny, rule -> rule.meets(asked, values));
        }

        private static boolean any(List<Pattern> rules, java.util.function.Predicate<Pattern> test) {
            for (Pattern rule : rules) {
                if (test.test(rule)) {
                    return true;
                }
            }
            return false;
        }
    }

    private record RoleRules(
            Optional<String> role,
            Direction subscribe,
            Direction publish,
            Direction direct,
            Direction prioritize,
            Direction consume,
            Direction produce) {
        boolean concern(Claims claims) {
            return role.isEmpty() || claims.roles().contains(role.get());
        }
    }

    private final List<RoleRules> rules = new ArrayList<>();

    /**
     * @param forAll rules for everybody
     * @param forRoles further rules for those with a role
     * @throws IllegalArgumentException a rule is no pattern, naming the setting and what to write
     */
    public TopicRules(RuleTexts forAll, Map<String, RuleTexts> forRoles) {
        rules.add(read(Optional.empty(), requireNonNull(forAll, "forAll"), "switchboard.rules"));
        forRoles.forEach((role, texts) -> rules.add(read(Optional.of(role), texts, "switchboard.rules.roles." + role)));
    }

    private static RoleRules read(Optional<String> role, RuleTexts texts, String setting) {
        return new RoleRules(
                role,
                new Direction(
                        patterns(texts.subscribe(), setting + ".subscribe"),
                        patterns(texts.denySubscribe(), setting + ".deny-subscribe")),
                new Direction(
                        patterns(texts.publish(), setting + ".publish"),
                        patterns(texts.denyPublish(), setting + ".deny-publish")),
                new Direction(
                        patterns(texts.direct(), setting + ".direct"),
                        patterns(texts.denyDirect(), setting + ".deny-direct")),
                new Direction(
                        patterns(texts.prioritize(), setting + ".priority"),
                        patterns(texts.denyPrioritize(), setting + ".deny-priority")),
                new Direction(
                        patterns(texts.queues().consume(), setting + ".consume"),
                        patterns(texts.queues().denyConsume(), setting + ".deny-consume")),
                new Direction(
                        patterns(texts.queues().produce(), setting + ".produce"),
                        patterns(texts.queues().denyProduce(), setting + ".deny-produce")));
    }

    private static List<Pattern> patterns(List<String> texts, String setting) {
        List<Pattern> patterns = new ArrayList<>();
        for (String text : texts) {
            try {
                patterns.add(new Pattern(TopicSyntax.DOTTED.pattern(text.strip()).segments().stream()
                        .map(segment -> withTemplates(segment, setting))
                        .toList()));
            } catch (InvalidTopicException e) {
                throw new IllegalArgumentException(setting + ": '" + text + "' is no pattern: " + e.getMessage(), e);
            }
        }
        return List.copyOf(patterns);
    }

    private static Pattern.Segment withTemplates(Pattern.Segment segment, String setting) {
        if (segment instanceof Pattern.Literal(String text) && text.startsWith("{") && text.endsWith("}")) {
            String name = text.substring(1, text.length() - 1);
            if (!TEMPLATES.containsKey(name)) {
                throw new IllegalArgumentException(setting + ": there is no value " + text + "; values are "
                        + TEMPLATES.keySet().stream()
                                .sorted()
                                .map(known -> "{" + known + "}")
                                .toList());
            }
            return new Pattern.Template(name);
        }
        return segment;
    }

    /** Whether the pattern may be subscribed to. */
    public boolean maySubscribe(Claims claims, Pattern asked) {
        return !deniesSubscribing(claims, asked)
                && (isGuarded(asked)
                        || any(claims, (rule, values) -> rule.subscribe().allows(asked, values)));
    }

    /**
     * Whether a rule forbids the pattern, or a topic of it, whatever else allows it.
     */
    public boolean deniesSubscribing(Claims claims, Pattern asked) {
        return any(claims, (rule, values) -> rule.subscribe().denies(asked, values));
    }

    /** Whether something may be published on the topic by a client. */
    public boolean mayPublish(Claims claims, Topic topic) {
        Pattern asked = Pattern.of(topic);
        return topic.isOpen()
                && !any(claims, (rule, values) -> rule.publish().denies(asked, values))
                && any(claims, (rule, values) -> rule.publish().allows(asked, values));
    }

    /** Whether a user may be written to; a name is a topic of one segment to the rules. */
    public boolean mayWrite(Claims claims, String recipient) {
        Pattern asked = Pattern.of(Topic.of(recipient));
        return !any(claims, (rule, values) -> rule.direct().denies(asked, values))
                && any(claims, (rule, values) -> rule.direct().allows(asked, values));
    }

    /** Whether a queue may be worked off, whoever owns it; its name is a topic to the rules. */
    public boolean mayConsume(Claims claims, Topic queue) {
        Pattern asked = Pattern.of(queue);
        return !deniesConsuming(claims, queue)
                && any(claims, (rule, values) -> rule.consume().allows(asked, values));
    }

    /** Whether a rule keeps a queue even from its owner. */
    public boolean deniesConsuming(Claims claims, Topic queue) {
        Pattern asked = Pattern.of(queue);
        return any(claims, (rule, values) -> rule.consume().denies(asked, values));
    }

    /** Whether a queue or an exchange may be sent to. */
    public boolean mayProduce(Claims claims, Topic queue) {
        Pattern asked = Pattern.of(queue);
        return !deniesProducing(claims, queue)
                && any(claims, (rule, values) -> rule.produce().allows(asked, values));
    }

    /** Whether a rule keeps a queue or an exchange from being sent to, whatever else allows it. */
    public boolean deniesProducing(Claims claims, Topic queue) {
        Pattern asked = Pattern.of(queue);
        return any(claims, (rule, values) -> rule.produce().denies(asked, values));
    }

    /** Whether what a client publishes on the topic may be urgent; that it may publish there is another question. */
    public boolean mayPrioritize(Claims claims, Topic topic) {
        Pattern asked = Pattern.of(topic);
        return topic.isOpen()
                && any(claims, (rule, values) -> rule.prioritize().allows(asked, values))
                && !any(claims, (rule, values) -> rule.prioritize().denies(asked, values));
    }

    @Override
    public boolean mayHear(Claims claims, Topic topic) {
        return maySubscribe(claims, Pattern.of(topic));
    }

    private static boolean isGuarded(Pattern pattern) {
        return pattern.first().flatMap(Topic::guarded).isPresent();
    }

    private interface Test {
        boolean test(RoleRules rule, Function<String, Set<String>> values);
    }

    private boolean any(Claims claims, Test test) {
        Function<String, Set<String>> values =
                name -> requireNonNull(TEMPLATES.get(name), name).apply(claims);
        for (RoleRules rule : rules) {
            if (rule.concern(claims) && test.test(rule, values)) {
                return true;
            }
        }
        return false;
    }
}
