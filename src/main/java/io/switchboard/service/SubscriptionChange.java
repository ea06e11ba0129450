package io.switchboard.service;

import java.util.List;

/**
 * What a service wants to change of the caller's subscriptions. Patterns as text, which the session reads as if the client had
 * sent them.
 */
public record SubscriptionChange(List<String> subscribe, List<String> unsubscribe) {
    public SubscriptionChange {
        subscribe = List.copyOf(subscribe);
        unsubscribe = List.copyOf(unsubscribe);
    }
}
