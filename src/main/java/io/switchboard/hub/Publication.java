package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import io.switchboard.log.Position;
import java.util.Optional;

/**
 * An event as one view or target sees it. Immutable but for the memory of what was rendered, so it is shared by all event
 * loops.
 */
public final class Publication {
    /** How many variants of dialects there may be. */
    public static final int SLOTS = 8;

    private final Position position;
    private final Topic topic;
    private final Guard guard;
    private final Policy policy;
    private final Optional<String> key;
    private final Content content;
    private final Frame[] frames = new Frame[SLOTS];
    private Slot slot;

    /**
     * What a newer publication with {@link Policy#LATEST} replaces an older one of.
     *
     * @param topic as receivers are told
     * @param audience who was asked for it: what one view sees does not stand for what another does
     * @param key within the topic; empty: the topic has one value alone
     */
    public record Slot(Topic topic, Guard audience, Optional<String> key) {
        public Slot {
            requireNonNull(topic, "topic");
            requireNonNull(audience, "audience");
            requireNonNull(key, "key");
        }
    }

    /**
     * @param position the event's place in the log
     * @param topic what it is about
     * @param guard who may see it
     * @param policy how to deliver to one who lags
     * @param key what a newer publication of the topic replaces, where the policy does that
     * @param content what it says
     */
    public Publication(
            Position position, Topic topic, Guard guard, Policy policy, Optional<String> key, Content content) {
        this.position = requireNonNull(position, "position");
        this.topic = requireNonNull(topic, "topic");
        this.guard = requireNonNull(guard, "guard");
        this.policy = requireNonNull(policy, "policy");
        this.key = requireNonNull(key, "key");
        this.content = requireNonNull(content, "content");
    }

    /** One of an event, from its JSON. */
    public Publication(Position position, Topic topic, Guard guard, Policy policy, Optional<String> key, byte[] json) {
        this(position, topic, guard, policy, key, new Content.Event(json));
    }

    public Position position() {
        return position;
    }

    public Topic topic() {
        return topic;
    }

    public Guard guard() {
        return guard;
    }

    public Policy policy() {
        return policy;
    }

    public Optional<String> key() {
        return key;
    }

    /** The topic that receivers are told; where it went to an audience, not the one it is found by. */
    public Topic shown() {
        return content.shownTopic().orElse(topic);
    }

    /** What it is the value of. Made when first asked for, as frames are. */
    public Slot slot() {
        Slot known = slot;
        if (known == null) {
            known = new Slot(shown(), guard.audience(), key);
            slot = known;
        }
        return known;
    }

    public Content content() {
        return content;
    }

    /** About how many bytes it takes on the wire. */
    public int weight() {
        return content.weight();
    }

    /** The frame for a variant, rendered on first use. Two loops may both render it: frames are immutable and equal. */
    public Frame frame(Renderer renderer) {
        int slot = renderer.slot();
        Frame frame = frames[slot];
        if (frame == null) {
            frame = renderer.render(this);
            frames[slot] = frame;
        }
        return frame;
    }
}
