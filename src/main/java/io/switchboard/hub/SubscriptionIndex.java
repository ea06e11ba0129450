package io.switchboard.hub;

import io.switchboard.hub.Subscription.Subject.OfTopic;
import java.util.HashMap;
import java.util.Map;

/**
 * The subscriptions of one event loop, by topic and then by guard: what a publication costs follows the subscribers whose
 * claims allow it, even where thousands hold a workspace of the same uuid with a root of their own.
 */
final class SubscriptionIndex {
    private final Map<Topic, Map<Guard, SubscriberList>> topics = new HashMap<>();
    private long visited;

    Subscription add(Topic topic, Guard guard, Subscriber subscriber) {
        return topics.computeIfAbsent(topic, _ -> new HashMap<>(2))
                .computeIfAbsent(guard, _ -> new SubscriberList())
                .add(new OfTopic(topic, guard), subscriber);
    }

    /** Removes a subscription; returns whether its topic has no subscriber left. */
    boolean remove(Subscription subscription, OfTopic subject) {
        SubscriberList list = subscription.list;
        list.remove(subscription);
        if (!list.isEmpty()) {
            return false;
        }
        Map<Guard, SubscriberList> guards = topics.get(subject.topic());
        if (guards == null) {
            return false;
        }
        guards.remove(subject.guard(), list);
        return guards.isEmpty() && topics.remove(subject.topic()) != null;
    }

    int offer(Publication publication) {
        Map<Guard, SubscriberList> guards = topics.get(publication.topic());
        if (guards == null) {
            return 0;
        }
        SubscriberList list = guards.get(publication.guard().audience());
        if (list == null) {
            return 0;
        }
        visited += list.size();
        return list.offer(publication);
    }

    /** How many have been offered something so far. */
    long visited() {
        return visited;
    }

    int size() {
        return topics.size();
    }
}
