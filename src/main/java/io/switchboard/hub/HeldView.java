package io.switchboard.hub;

import io.switchboard.auth.View;

/** A view that sessions of an event loop hold at a pace, with what is needed to publish to them. Counted by its index. */
public final class HeldView {
    private final View view;
    private final Pace pace;
    private final Topic topic;
    private final Guard guard;
    int holders;

    HeldView(View view, Pace pace) {
        this.view = view;
        this.pace = pace;
        this.topic = pace.topicOf(view.uuid());
        this.guard = new Guard.HoldsView(view);
    }

    public View view() {
        return view;
    }

    Pace pace() {
        return pace;
    }

    public Topic topic() {
        return topic;
    }

    public Guard guard() {
        return guard;
    }
}
