package io.switchboard.presence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Content;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.time.Clock;
import java.util.Optional;

/**
 * Tells those who want to know, as far as the rules let them hear. It has no place in the log: who was away asks how things are.
 * Any thread.
 */
public final class PresenceNews {
    private final Hub hub;
    private final Guard.MayHear.Rules rules;
    private final Clock clock;

    public PresenceNews(Hub hub, Guard.MayHear.Rules rules, Clock clock) {
        this.hub = requireNonNull(hub, "hub");
        this.rules = requireNonNull(rules, "rules");
        this.clock = requireNonNull(clock, "clock");
    }

    /** How a user is, to those who may hear of that user. */
    public Publication publication(Presence presence) {
        return publication(Presences.topicOf(presence.user()), PresenceJson.of(presence));
    }

    /** Tells how a user is. */
    public void tell(Presence presence) {
        post(publication(presence));
    }

    /** Tells those who share a topic that somebody came, or left. */
    public void tell(Topic topic, Presence presence, boolean came) {
        post(publication(topic, PresenceJson.of(presence, topic, came)));
    }

    private Publication publication(Topic topic, String json) {
        return new Publication(
                new Position("", 0, clock.millis()),
                topic,
                new Guard.MayHear(topic, rules),
                Policy.RELIABLE,
                Optional.empty(),
                new Content.Presence(json.getBytes(UTF_8)));
    }

    private void post(Publication publication) {
        hub.post(
                hub.shardsOf(publication.topic()),
                shard -> {
                    int _ = shard.publish(publication);
                },
                () -> {});
    }
}
