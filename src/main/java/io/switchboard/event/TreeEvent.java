package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A change of a file or folder, or of its metadata.
 *
 * @param topic {@code TREE} or {@code META}
 * @param type what happened
 * @param source the node before, where there was one
 * @param target the node after, where there is one
 * @param optimistic whether the service announces what it is about to do
 * @param silent whether it may be thinned out under load
 * @param weight about how many bytes the event keeps in memory
 */
public record TreeEvent(
        EventTopic topic,
        Type type,
        Optional<Node> source,
        Optional<Node> target,
        boolean optimistic,
        boolean silent,
        int weight)
        implements Event {
    public TreeEvent {
        requireNonNull(topic, "topic");
        requireNonNull(type, "type");
        requireNonNull(source, "source");
        requireNonNull(target, "target");
        if (topic != EventTopic.TREE && topic != EventTopic.META) {
            throw new IllegalArgumentException("a tree event travels on tree or meta");
        }
    }

    /** What happened to the node; {@code CREATE} is the wire's default and is left out there. */
    public enum Type {
        CREATE,
        READ,
        UPDATE_PATH,
        UPDATE_CONTENT,
        UPDATE_META,
        UPDATE_USER_META,
        DELETE
    }
}
