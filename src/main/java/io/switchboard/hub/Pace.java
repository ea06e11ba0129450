package io.switchboard.hub;

/**
 * How soon a subscriber of a workspace hears of what happens there. Each has topics and an index of views of its own, so
 * that one which nobody wants costs nothing.
 */
public enum Pace {
    /** Every event by itself, at once: for dialects with a cursor, which must see every position of the log. */
    EVERY("tree"),
    /** Quick successive changes of one node as one event, after a quiet window: for dialects without a cursor. */
    MERGED("@merged-tree");

    private final String family;

    Pace(String family) {
        this.family = family;
    }

    /** The topic of everything in a workspace; that of {@link #MERGED} is no name that clients use. */
    public Topic topicOf(String workspaceUuid) {
        return Topic.of(family, workspaceUuid);
    }
}
