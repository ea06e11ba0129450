package io.switchboard.event;

/** Why an event became no publication for anybody. */
public enum DropReason {
    /** Somebody read a file; that concerns nobody else. */
    READ,
    /** Neither a path nor a workspace says where the node is, and there is no service that knows. */
    NO_PLACE,
    /** The service that knows where nodes are did not say so, did not answer in time, or had too much to answer. */
    LOOKUP_FAILED,
    /** Metadata of a user whose policies let nobody read it. */
    NO_READER,
    /** Metadata of a user whose policies cannot be read, so that nobody may read it. */
    BAD_POLICIES,
    /** Nothing in the event says whom it concerns. */
    NO_AUDIENCE,
    /** An activity that is not for the inbox of a user. */
    OTHER_BOX,
    /** An activity of the very user whose inbox it is for. */
    OWN_ACTIVITY
}
