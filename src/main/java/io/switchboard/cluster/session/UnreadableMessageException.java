package io.switchboard.cluster.session;

/** What another replica said is in no form that is known here. Holds nothing of it. */
final class UnreadableMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableMessageException() {
        super("unreadable message of a replica", null, false, false);
    }
}
