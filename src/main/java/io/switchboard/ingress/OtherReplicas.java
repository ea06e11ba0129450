package io.switchboard.ingress;

import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import io.switchboard.trace.Recipients;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What other replicas have to do with what clients publish here. Any thread. */
public interface OtherReplicas {
    /** There are none. */
    OtherReplicas NONE = new OtherReplicas() {
        @Override
        public boolean published(String key) {
            return false;
        }

        @Override
        public CompletionStage<Recipients.Count> hand(Topic topic, Content.Binary content) {
            return CompletableFuture.completedStage(new Recipients.Count(0, false, false));
        }
    };

    /** Whether one of them has published a message under this key a moment ago. */
    boolean published(String key);

    /** Hands bytes to those who are connected there; never fails. */
    CompletionStage<Recipients.Count> hand(Topic topic, Content.Binary content);
}
