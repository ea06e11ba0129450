package io.switchboard.event;

/** Why an event became no publication for anybody. */
public enum DropReason {
    /** Somebody read a file; that concerns nobody else. */
    READ,
    /** Neither a path nor a workspace says where the node is. */
    NO_PLACE,
    /** The kind of event is not delivered by this version. */
    NOT_SUPPORTED
}
