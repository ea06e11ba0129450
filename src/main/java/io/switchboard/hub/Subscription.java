package io.switchboard.hub;

/** A place in the index, to be given back to {@link Shard#unsubscribe}. */
public final class Subscription {
    /** What it was made for. */
    sealed interface Subject {
        /** What a guard allows of a topic. */
        record OfTopic(Topic topic, Guard guard) implements Subject {}

        /** Whatever has a topic of the pattern. */
        record OfPattern(Pattern pattern) implements Subject {}
    }

    final Subject subject;
    final SubscriberList list;
    int place;

    Subscription(Subject subject, SubscriberList list, int place) {
        this.subject = subject;
        this.list = list;
        this.place = place;
    }
}
