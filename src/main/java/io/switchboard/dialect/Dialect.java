package io.switchboard.dialect;

import io.switchboard.auth.Claims;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Renderer;

/** One wire protocol. Pure and shared by all sessions that speak it; any thread. */
public interface Dialect {
    DialectKind kind();

    /** What a text message of the client means; never throws, whatever it holds. */
    Command decode(String text);

    /** An error as the dialect shows it. */
    Frame error(String reason);

    /** How publications look. */
    Renderer renderer();

    /** Names what a session is subscribed to without asking, because of its claims. */
    void implied(Claims claims, Interests interests);
}
