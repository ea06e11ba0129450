package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.log.Position;

/** What clients and services say: to subscribers of a topic, as far as the rules let them hear, or to an audience. Any thread. */
public final class MessageFamily {
    /** Guards that are remembered, so that messages of one topic have the very same. */
    private static final int MOST_GUARDS = 4096;

    private final Guard.MayHear.Rules rules;
    private final DeliveryPolicies deliveries;
    private final Cache<Audience, Guard> guards = Caffeine.newBuilder()
            .maximumSize(MOST_GUARDS)
            .executor(Runnable::run)
            .build();

    /** Everything is delivered. */
    public MessageFamily(Guard.MayHear.Rules rules) {
        this(rules, DeliveryPolicies.NONE);
    }

    /** @param deliveries how messages are delivered, and what all other families publish as well */
    public MessageFamily(Guard.MayHear.Rules rules, DeliveryPolicies deliveries) {
        this.rules = requireNonNull(rules, "rules");
        this.deliveries = requireNonNull(deliveries, "deliveries");
    }

    DeliveryPolicies deliveries() {
        return deliveries;
    }

    /** What a message is to whoever may have it; also one that has no place in the log. */
    public Publication publication(Position position, MessageEvent message) {
        Audience audience = message.audience();
        return deliveries.decide(
                new Publication(
                        position,
                        audience.topic(),
                        guards.get(audience, one -> one.guard(rules)),
                        Policy.RELIABLE,
                        message.key(),
                        message.content()),
                message.urgent());
    }
}
