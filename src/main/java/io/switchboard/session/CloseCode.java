package io.switchboard.session;

/**
 * Why a connection is closed: the one table of close codes. Codes below 4000 are those of RFC 6455, section 7.4.1, and of
 * the registry that it opened; those from 4000 on are Switchboard's own.
 */
public enum CloseCode {
    NORMAL(1000, false, "closed"),
    GOING_AWAY(1001, true, "the server is going away, reconnect"),
    INVALID_FRAME(1002, false, "the frame breaks the WebSocket protocol"),
    UNSUPPORTED_DATA(1003, false, "this kind of frame is not spoken here"),
    INVALID_TEXT(1007, false, "the text is not UTF-8"),
    POLICY(1008, false, "the message is not understood here"),
    TOO_BIG(1009, false, "the message is too big"),
    INTERNAL(1011, true, "the server failed"),
    OVERLOADED(1013, true, "the server is overloaded, try again"),
    PROTOCOL(4400, false, "the message is not of the protocol"),
    UNAUTHENTICATED(4401, true, "not signed in, or no longer"),
    FORBIDDEN(4403, false, "forbidden"),
    SIGN_IN_TIMEOUT(4408, true, "no sign-in in time"),
    TOO_MANY_CONNECTIONS(4290, true, "too many connections of this user"),
    SILENT(4504, true, "no answer to pings"),
    SLOW_CONSUMER(4508, true, "the client reads too slowly");

    private final int code;
    private final boolean reconnect;
    private final String reason;

    CloseCode(int code, boolean reconnect, String reason) {
        this.code = code;
        this.reconnect = reconnect;
        this.reason = reason;
    }

    /** The status in the close frame. */
    public int code() {
        return code;
    }

    /** Whether a client does well to connect again, after a while and with a fresh token. */
    public boolean reconnect() {
        return reconnect;
    }

    /** The reason in the close frame, at most 123 bytes. */
    public String reason() {
        return reason;
    }
}
