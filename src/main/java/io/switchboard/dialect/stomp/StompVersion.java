package io.switchboard.dialect.stomp;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The versions that we speak, and how the headers are escaped in each (STOMP 1.1 and 1.2, Value Encoding). */
enum StompVersion {
    V1_0("1.0", "", ""),
    V1_1("1.1", "\\:\n", "\\cn"),
    V1_2("1.2", "\\:\n\r", "\\cnr");

    /** All of them, as in the header {@code version} of an error. */
    static final String ALL = Arrays.stream(values()).map(StompVersion::text).collect(Collectors.joining(","));

    /** They are as in 1.0, so that both sides can read them before they know of each other what they speak. */
    private static final Set<String> NEVER_ESCAPED = Set.of("CONNECT", "STOMP", "CONNECTED");

    private final String text;
    private final String escaped;
    private final String letters;

    /** @param letters which stand behind a backslash for what is at the same place in {@code escaped} */
    StompVersion(String text, String escaped, String letters) {
        this.text = text;
        this.escaped = escaped;
        this.letters = letters;
    }

    /** As in the headers {@code accept-version} and {@code version}. */
    String text() {
        return text;
    }

    /**
     * The highest that a client and we speak (STOMP 1.2, Protocol Negotiation); empty: there is none.
     *
     * @param acceptVersion the header; a client without it speaks 1.0
     */
    static Optional<StompVersion> negotiate(Optional<String> acceptVersion) {
        if (acceptVersion.isEmpty()) {
            return Optional.of(V1_0);
        }
        List<String> accepted = Arrays.stream(acceptVersion.get().split(",", -1))
                .map(String::strip)
                .toList();
        return Arrays.stream(values())
                .filter(version -> accepted.contains(version.text))
                .max(Comparator.naturalOrder());
    }

    /** The version whose escaping holds in a frame of a command. */
    StompVersion escaping(String command) {
        return NEVER_ESCAPED.contains(command) ? V1_0 : this;
    }

    /** A name or a value of a header, with an escape for each character that this version has one for. */
    String escape(String plain) {
        StringBuilder result = new StringBuilder(plain.length());
        for (int i = 0; i < plain.length(); i++) {
            int at = escaped.indexOf(plain.charAt(i));
            if (at < 0) {
                result.append(plain.charAt(i));
            } else {
                result.append('\\').append(letters.charAt(at));
            }
        }
        return result.toString();
    }

    /**
     * The opposite of {@link #escape}.
     *
     * @throws BadFrameException a backslash stands before what this version does not escape
     */
    String unescape(String raw) throws BadFrameException {
        if (letters.isEmpty() || raw.indexOf('\\') < 0) {
            return raw;
        }
        StringBuilder result = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '\\') {
                i++;
                int at = i < raw.length() ? letters.indexOf(raw.charAt(i)) : -1;
                if (at < 0) {
                    throw new BadFrameException("escape a backslash in a header, as \\\\, and nothing but what STOMP "
                            + text + " has an escape for");
                }
                c = escaped.charAt(at);
            }
            result.append(c);
        }
        return result.toString();
    }
}
