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

    /** Frames that are kept of renderers without a slot; what more of them make is made each time. */
    private static final int MOST_VARIANTS = 16;

    private final Position position;
    private final Topic topic;
    private final Guard guard;
    private final Policy policy;
    private final Optional<String> key;
    private final Content content;
    private final Frame[] frames = new Frame[SLOTS];
    private Variant variants;
    private Slot slot;

    /** What it looks like to a renderer without a slot. */
    private record Variant(Renderer renderer, Frame frame, Variant next, int count) {}

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
        if (slot == Renderer.NO_SLOT) {
            return variant(renderer);
        }
        Frame frame = frames[slot];
        if (frame == null) {
            frame = renderer.render(this);
            frames[slot] = frame;
        }
        return frame;
    }

    @SuppressWarnings("ReferenceEquality") // the very same renderer
    private Frame variant(Renderer renderer) {
        Variant newest = variants;
        for (Variant variant = newest; variant != null; variant = variant.next()) {
            if (variant.renderer() == renderer) {
                return variant.frame();
            }
        }
        Frame frame = renderer.render(this);
        int count = newest == null ? 0 : newest.count();
        if (count < MOST_VARIANTS) {
            // two loops may each lose what the other adds: it is rendered once more then
            variants = new Variant(renderer, frame, newest, count + 1);
        }
        return frame;
    }
}
