package io.switchboard.hub;

import io.switchboard.auth.View;

/** A view that sessions of an event loop hold, with what is needed to publish to them. Counted by its index. */
public final class HeldView {
    private final View view;
    private final Topic topic;
    private final Guard guard;
    int holders;

    HeldView(View view) {
        this.view = view;
        this.topic = topicOf(view.uuid());
        this.guard = new Guard.HoldsView(view);
    }

    /** The topic of everything in a workspace. */
    public static Topic topicOf(String workspaceUuid) {
        return Topic.of("tree", workspaceUuid);
    }

    public View view() {
        return view;
    }

    public Topic topic() {
        return topic;
    }

    public Guard guard() {
        return guard;
    }
}
