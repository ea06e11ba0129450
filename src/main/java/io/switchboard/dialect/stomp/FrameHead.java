package io.switchboard.dialect.stomp;

import java.util.LinkedHashMap;
import java.util.OptionalInt;
import java.util.SequencedMap;

/** The command and the headers of a frame that is being read. */
final class FrameHead {
    /** Headers of a frame at most, repeated ones among them. */
    static final int MOST_HEADERS = 64;

    private final ClientCommand command;
    private final StompVersion escaping;
    private final SequencedMap<String, String> headers = new LinkedHashMap<>();
    private int lines;

    /** @param version what the client speaks */
    FrameHead(ClientCommand command, StompVersion version) {
        this.command = command;
        this.escaping = version.escaping(command.name());
    }

    ClientCommand command() {
        return command;
    }

    SequencedMap<String, String> headers() {
        return headers;
    }

    /** Takes a line of {@code name:value}. The value may hold colons: STOMP 1.0 lets it, and so do clients of 1.1. */
    void add(String line) throws BadFrameException {
        lines++;
        if (lines > MOST_HEADERS) {
            throw new BadFrameException("send at most " + MOST_HEADERS + " headers");
        }
        int colon = line.indexOf(':');
        if (colon < 0) {
            throw new BadFrameException("send each header as name:value, and an empty line behind the last");
        }
        if (colon == 0) {
            throw new BadFrameException("send no header without a name");
        }
        String name = escaping.unescape(line.substring(0, colon));
        String value = escaping.unescape(line.substring(colon + 1));
        headers.putIfAbsent(name, value);
    }

    /** Bytes of the body by its header (STOMP 1.2, Header content-length); {@link Integer#MAX_VALUE}: or any more. */
    OptionalInt contentLength() throws BadFrameException {
        String digits = headers.get("content-length");
        if (digits == null) {
            return OptionalInt.empty();
        }
        if (digits.isEmpty()) {
            throw noNumber();
        }
        long length = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw noNumber();
            }
            length = Math.min(10 * length + digit, Integer.MAX_VALUE);
        }
        return OptionalInt.of((int) length);
    }

    private static BadFrameException noNumber() {
        return new BadFrameException("send content-length in digits, or not at all");
    }
}
