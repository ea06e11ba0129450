package io.switchboard.hub;

import io.switchboard.failure.Redacted;
import java.util.Arrays;
import org.jboss.logging.Logger;

/** The subscribers of one topic and guard on one event loop: added and removed in constant time, visited without garbage. */
final class SubscriberList {
    private static final Logger LOG = Logger.getLogger(SubscriberList.class);

    private Subscriber[] subscribers = new Subscriber[2];
    private Subscription[] subscriptions = new Subscription[2];
    private int size;

    Subscription add(Subscription.Subject subject, Subscriber subscriber) {
        if (size == subscribers.length) {
            subscribers = Arrays.copyOf(subscribers, 2 * size);
            subscriptions = Arrays.copyOf(subscriptions, 2 * size);
        }
        Subscription subscription = new Subscription(subject, this, size);
        subscribers[size] = subscriber;
        subscriptions[size] = subscription;
        size++;
        return subscription;
    }

    void remove(Subscription subscription) {
        int place = subscription.place;
        if (place < 0) {
            return;
        }
        int last = --size;
        subscribers[place] = subscribers[last];
        subscriptions[place] = subscriptions[last];
        subscriptions[place].place = place;
        subscribers[last] = null;
        subscriptions[last] = null;
        subscription.place = -1;
        if (size >= 16 && size < subscribers.length / 4) {
            subscribers = Arrays.copyOf(subscribers, subscribers.length / 2);
            subscriptions = Arrays.copyOf(subscriptions, subscriptions.length / 2);
        }
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /**
     * From the last to the first, so that a subscriber may remove itself while it is visited.
     *
     * @return how many took it
     */
    int offer(Publication publication) {
        int taken = 0;
        for (int i = size - 1; i >= 0; i--) {
            try {
                if (subscribers[i].offer(publication)) {
                    taken++;
                }
            } catch (RuntimeException e) {
                LOG.errorf(Redacted.of(e), "subscriber failed topic=%s", publication.topic());
            }
        }
        return taken;
    }
}
