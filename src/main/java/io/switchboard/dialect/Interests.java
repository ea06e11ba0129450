package io.switchboard.dialect;

import io.switchboard.auth.View;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Topic;

/** Takes what a dialect says that claims imply. */
public interface Interests {
    /** Everything of a workspace, at that pace. */
    void view(View view, Pace pace);

    /** What a guard allows of a topic. */
    void topic(Topic topic, Guard guard);
}
