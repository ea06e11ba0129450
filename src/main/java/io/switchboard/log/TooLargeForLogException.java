package io.switchboard.log;

/** The log takes no event as large as this one; none of those that came with it was appended behind it. */
public final class TooLargeForLogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param bytes what the log takes */
    public TooLargeForLogException(long bytes) {
        super(
                "send an event of less than " + bytes + " bytes, or raise max_payload in the NATS servers",
                null,
                false,
                false);
    }
}
