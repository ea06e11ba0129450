package io.switchboard.session;

/**
 * Why a connection is closed: the one table of close codes. Codes below 4000 are those of RFC 6455, section 7.4.1, and of
 * the registry that it opened; those from 4000 on are Switchboard's own.
 */
public enum CloseCode {
    NORMAL(1000, 200, false, "closed"),
    GOING_AWAY(1001, 503, true, "the server is going away, reconnect"),
    INVALID_FRAME(1002, 400, false, "the frame breaks the WebSocket protocol"),
    UNSUPPORTED_DATA(1003, 400, false, "this kind of frame is not spoken here"),
    INVALID_TEXT(1007, 400, false, "the text is not UTF-8"),
    POLICY(1008, 400, false, "the message is not understood here"),
    TOO_BIG(1009, 400, false, "the message is too big"),
    INTERNAL(1011, 500, true, "the server failed"),
    OVERLOADED(1013, 503, true, "the server is overloaded, try again"),
    PROTOCOL(4400, 400, false, "the message is not of the protocol"),
    UNAUTHENTICATED(4401, 401, true, "not signed in, or no longer"),
    FORBIDDEN(4403, 403, false, "forbidden"),
    SIGN_IN_TIMEOUT(4408, 401, true, "no sign-in in time"),
    TOO_MANY_CONNECTIONS(4290, 429, true, "too many connections of this user"),
    SILENT(4504, 500, true, "no answer to pings"),
    SLOW_CONSUMER(4508, 503, true, "the client reads too slowly");

    private final int code;
    private final int status;
    private final boolean reconnect;
    private final String reason;

    CloseCode(int code, int status, boolean reconnect, String reason) {
        this.code = code;
        this.status = status;
        this.reconnect = reconnect;
        this.reason = reason;
    }

    /** The code behind an error with that status, where the connection ends with it. */
    static CloseCode of(int status) {
        return switch (status) {
            case 400 -> PROTOCOL;
            case 401 -> UNAUTHENTICATED;
            case 403 -> FORBIDDEN;
            case 500 -> INTERNAL;
            case 503 -> OVERLOADED;
            default -> POLICY;
        };
    }

    /** The status in the close frame. */
    public int code() {
        return code;
    }

    /** The code of an error message that goes before it, by the table of errors. */
    public int status() {
        return status;
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
