package io.switchboard.service;

import java.util.List;

/** What a service changes of its caller's subscriptions; patterns as text. */
public record SubscriptionChange(List<String> subscribe, List<String> unsubscribe) {
    public SubscriptionChange {
        subscribe = List.copyOf(subscribe);
        unsubscribe = List.copyOf(unsubscribe);
    }
}
