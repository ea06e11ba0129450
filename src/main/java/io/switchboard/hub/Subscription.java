package io.switchboard.hub;

/** A place in the index, to be given back to {@link Shard#unsubscribe}. */
public final class Subscription {
    final Topic topic;
    final Guard guard;
    final SubscriberList list;
    int place;

    Subscription(Topic topic, Guard guard, SubscriberList list, int place) {
        this.topic = topic;
        this.guard = guard;
        this.list = list;
        this.place = place;
    }
}
