package io.switchboard.event;

import io.switchboard.log.Position;

/**
 * Somebody in the process who acts on changes of identities. Called for each event in the order of the log, on whichever
 * thread publishes, after the event was posted to the shards that have somebody for it: what the listener posts to a shard
 * comes behind the event there. Must not block; what it throws is logged and stops nothing.
 */
@FunctionalInterface
public interface IdmListener {
    /**
     * An identity has changed.
     *
     * @param position the event's place in the log
     */
    void changed(Position position, IdmEvent event);
}
