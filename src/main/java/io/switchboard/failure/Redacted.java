package io.switchboard.failure;

/**
 * An exception as it may stand in a log: its types and where it came from. Messages are left out, because parsers and
 * codecs quote what they could not read, which may be a token or a payload.
 */
public final class Redacted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private Redacted(String type, Throwable cause) {
        super(type, cause);
    }

    /** The exception and its causes without their messages. */
    public static Throwable of(Throwable failure) {
        return of(failure, 0);
    }

    private static Throwable of(Throwable failure, int depth) {
        Throwable cause = failure.getCause();
        // A chain may be a ring.
        Throwable redactedCause = cause == null || depth == 8 ? null : of(cause, depth + 1);
        Redacted redacted = new Redacted(failure.getClass().getName(), redactedCause);
        redacted.setStackTrace(failure.getStackTrace());
        return redacted;
    }
}
