package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.webflow.AuthNews;

/** What an internal service says of an operation that somebody waits for. It is for that one alone, and has no place in the log. */
public record OperationRequest(AuthNews news) implements Event {
    public OperationRequest {
        requireNonNull(news, "news");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.AUTH;
    }

    @Override
    public int weight() {
        return 0;
    }

    /** Without what it holds: who knows the id of an operation may wait for it. */
    @Override
    public String toString() {
        return "OperationRequest[]";
    }
}
