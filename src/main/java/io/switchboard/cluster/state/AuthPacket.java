package io.switchboard.cluster.state;

/** What replicas say to one another about who waits for what. */
enum AuthPacket {
    /** To the owner: what attends. Whether it is ready; whether it holds the id, and since which grant. */
    FACT,
    /** To the owner: an authorization. Its mark, the operation, the result. */
    AUTHORIZE,
    /** To the owner: an announcement. The operation. */
    ANNOUNCE,
    /** To the owner: a session has ended. What attended, and whether the peer said so; answered with a {@link Held} and the operation. */
    RELEASE,
    /** To the owner: the same, as what attends no longer. */
    LEAVE,
    /** To a session: it holds the id. What attends, and the grant. */
    GRANTED,
    /** To a session: it does not hold the id, or no longer. What attends. */
    GONE,
    /** To a session: an authorization. What attends, its mark, the result. */
    RESULT,
    /** To a session: is it still there? What attends; answered with one byte. */
    PROBE,
    /** To an heir: an authorization. The id, the operation, its mark, the result, the nanoseconds that are left. */
    COPY,
    /** To an heir: an announcement. The id, the operation, the nanoseconds that are left. */
    COPY_ANNOUNCED,
    /** To an heir: some authorizations are over. The id, their marks. */
    FORGET;

    /** What the owner knows of one that has ended. */
    enum Held {
        YES,
        /** Another one has it, or had it since. */
        NO,
        /** It has not heard of it. */
        UNKNOWN
    }
}
