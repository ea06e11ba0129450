package io.switchboard.admin;

import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Reads a segment of a path as it was sent. Strict: who is revoked must be who was meant, so nothing is cut off, guessed
 * or replaced (RFC 3986, sections 2.1 and 3.3).
 */
final class PathText {
    /** As long as a name in a token may be, in characters. */
    private static final int LONGEST = 4_096;

    private static final Pattern ID =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");

    /** Entries of a list in one answer. */
    private static final int MOST_LISTED = 1_000;

    private PathText() {}

    /**
     * The text of a segment.
     *
     * @param encoded percent-encoded UTF-8
     * @param name of the segment, for the caller
     * @throws ProblemException 400
     */
    static String decode(String encoded, String name) {
        ByteBuffer bytes = ByteBuffer.allocate(encoded.length());
        for (int i = 0; i < encoded.length(); i++) {
            char c = encoded.charAt(i);
            if (c == '%') {
                if (i + 2 >= encoded.length()
                        || !HexFormat.isHexDigit(encoded.charAt(i + 1))
                        || !HexFormat.isHexDigit(encoded.charAt(i + 2))) {
                    throw invalid(name);
                }
                bytes.put((byte) HexFormat.fromHexDigits(encoded, i + 1, i + 3));
                i += 2;
            } else if (c <= ' ' || c >= 0x7F || c == ';' || c == '/') {
                throw invalid(name);
            } else {
                bytes.put((byte) c);
            }
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException _) {
            throw invalid(name);
        }
        return text(text, name);
    }

    /** A name that was decoded already. */
    static String text(String text, String name) {
        if (text.isBlank() || text.length() > LONGEST) {
            throw new ProblemException(
                    Problem.badRequest("the " + name + " must be of 1 to " + LONGEST + " characters"));
        }
        return text;
    }

    /** An id: a UUID. */
    static UUID id(String text, String name) {
        if (!ID.matcher(text).matches()) {
            throw new ProblemException(Problem.badRequest("the " + name + " must be an id: a UUID"));
        }
        return UUID.fromString(text);
    }

    /**
     * Refuses what follows a semicolon in a segment: the platform cuts it off as a matrix parameter before we see it, and a
     * name that was not encoded would become another one.
     *
     * @param path as it was sent
     * @throws ProblemException 400
     */
    static void refuseParameters(String path) {
        if (path.indexOf(';') >= 0) {
            throw invalid("path");
        }
    }

    private static ProblemException invalid(String name) {
        return new ProblemException(Problem.badRequest(
                "the " + name + " must be UTF-8, percent-encoded where RFC 3986 asks for it, and a semicolon as %3B"));
    }

    /** How many one answer may list. */
    static int limit(String text) {
        if (text.matches("[0-9]{1,4}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= MOST_LISTED) {
                return limit;
            }
        }
        throw new ProblemException(Problem.badRequest("the limit must be a number from 1 to " + MOST_LISTED));
    }
}
