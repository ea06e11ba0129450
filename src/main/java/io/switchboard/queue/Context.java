package io.switchboard.queue;

import static java.util.Objects.requireNonNull;

import java.time.Clock;

/** What all queues share. Immutable, any thread. */
record Context(
        QueueStore store,
        Clock clock,
        QueueSettings settings,
        QueueListener listener,
        Memberships memberships,
        Cluster cluster) {
    Context {
        requireNonNull(store, "store");
        requireNonNull(clock, "clock");
        requireNonNull(settings, "settings");
        requireNonNull(listener, "listener");
        requireNonNull(memberships, "memberships");
        requireNonNull(cluster, "cluster");
    }

    /** What the store knows this run of the server by. */
    String run() {
        return cluster.run();
    }

    /** Counts a refusal. */
    QueueReply.Refused refuse(QueueReply.Refused refused) {
        listener.refused();
        return refused;
    }
}
