package io.switchboard.transport;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a path of SockJS names (sockjs-protocol 0.3.3).
 *
 * @param session the id that the client chose, which is as good as a key to the session; empty: the path has none
 */
record SockJsPath(Kind kind, String session) {
    /** What there is. */
    enum Kind {
        GREETING("GET"),
        INFO("GET"),
        /** An upgrade, with or without the frames of SockJS. */
        WEBSOCKET("GET"),
        XHR("POST"),
        XHR_STREAMING("POST"),
        EVENTSOURCE("GET"),
        XHR_SEND("POST");

        private final String method;

        Kind(String method) {
            this.method = method;
        }

        /** The one that it is asked with, beside OPTIONS. */
        String method() {
            return method;
        }
    }

    private static final Pattern OF_SESSION =
            Pattern.compile("/[^/.]{1,64}/([^/.]{1,64})/(websocket|xhr|xhr_streaming|eventsource|xhr_send)");

    /** @param rest of the path, behind where SockJS is served */
    static Optional<SockJsPath> of(String rest) {
        return switch (rest) {
            case "", "/" -> Optional.of(new SockJsPath(Kind.GREETING, ""));
            case "/info" -> Optional.of(new SockJsPath(Kind.INFO, ""));
            case "/websocket" -> Optional.of(new SockJsPath(Kind.WEBSOCKET, ""));
            default -> {
                Matcher matcher = OF_SESSION.matcher(rest);
                yield matcher.matches()
                        ? Optional.of(new SockJsPath(
                                Kind.valueOf(matcher.group(2).toUpperCase(Locale.ROOT)), matcher.group(1)))
                        : Optional.empty();
            }
        };
    }

    /** Without the id. */
    @Override
    public String toString() {
        return "SockJsPath[" + kind + "]";
    }
}
