package io.switchboard.hub;

/** Hears of publications, to count them. Called on event loops: constant time, no locks. */
@FunctionalInterface
public interface PublicationListener {
    /** A publication was offered to the subscribers of one shard; not called where it has none. */
    void published(Topic.Kind kind);
}
