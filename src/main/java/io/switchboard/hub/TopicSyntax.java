package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * How a dialect writes topics and patterns: segments with a separator between them, and reserved characters inside of one
 * percent-encoded (RFC 3986, section 2.1). Immutable, any thread.
 *
 * @param separator between two segments
 * @param reserved what is encoded inside a segment, {@code %} and the separator among them
 */
@SuppressWarnings("OrphanedFormatString") // a percent sign is one
public record TopicSyntax(char separator, String reserved) {
    /** The way of the Realtime dialect and of the HTTP API: {@code chat.general}. */
    public static final TopicSyntax DOTTED = new TopicSyntax('.', "%.*>");

    /** The way of Flamigo's services: {@code chat/general}. */
    public static final TopicSyntax SLASHED = new TopicSyntax('/', "%/*>");

    /** Segments of a topic or a pattern at most. */
    public static final int MOST_SEGMENTS = 32;

    /** Characters of a topic or a pattern at most. */
    public static final int LONGEST = 1024;

    /** What no client can name begins with it. */
    private static final String INTERNAL = "@";

    private static final String ONE = "*";
    private static final String MORE = "**";
    private static final String MORE_TOO = ">";

    public TopicSyntax {
        requireNonNull(reserved, "reserved");
        if (reserved.indexOf('%') < 0 || reserved.indexOf(separator) < 0) {
            throw new IllegalArgumentException("% and the separator are always reserved");
        }
    }

    /**
     * Reads a topic.
     *
     * @throws InvalidTopicException it is none, or a pattern
     */
    public Topic topic(String text) throws InvalidTopicException {
        List<String> segments = split(text);
        List<String> decoded = new ArrayList<>(segments.size());
        for (String segment : segments) {
            if (segment.equals(ONE) || segment.equals(MORE) || segment.equals(MORE_TOO)) {
                throw new InvalidTopicException("name one topic: a pattern is not allowed here");
            }
            decoded.add(decode(segment, decoded.isEmpty()));
        }
        return Topic.of(decoded);
    }

    /**
     * Reads a pattern: {@code *} is one segment, {@code **} and {@code >} are one or more, and so is a {@code *} at the
     * end behind another segment.
     *
     * @throws InvalidTopicException it is none
     */
    public Pattern pattern(String text) throws InvalidTopicException {
        List<String> texts = split(text);
        List<Pattern.Segment> segments = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            String segment = texts.get(i);
            boolean trailing = i > 0 && i == texts.size() - 1;
            if (segment.equals(MORE) || segment.equals(MORE_TOO) || (segment.equals(ONE) && trailing)) {
                segments.add(Pattern.Wildcard.MORE);
            } else if (segment.equals(ONE)) {
                segments.add(Pattern.Wildcard.ONE);
            } else {
                segments.add(new Pattern.Literal(decode(segment, i == 0)));
            }
        }
        return new Pattern(segments);
    }

    private List<String> split(String text) throws InvalidTopicException {
        if (text.isEmpty()) {
            throw new InvalidTopicException("a topic is not empty");
        }
        if (text.length() > LONGEST) {
            throw new InvalidTopicException("a topic has at most " + LONGEST + " characters");
        }
        List<String> segments = new ArrayList<>();
        int from = 0;
        while (from <= text.length()) {
            int end = text.indexOf(separator, from);
            if (end < 0) {
                end = text.length();
            }
            if (end == from) {
                throw new InvalidTopicException("the segments of a topic are not empty");
            }
            segments.add(text.substring(from, end));
            if (segments.size() > MOST_SEGMENTS) {
                throw new InvalidTopicException("a topic has at most " + MOST_SEGMENTS + " segments");
            }
            from = end + 1;
        }
        return segments;
    }

    private String decode(String segment, boolean first) throws InvalidTopicException {
        StringBuilder decoded = new StringBuilder(segment.length());
        int i = 0;
        while (i < segment.length()) {
            char c = segment.charAt(i);
            if (c == '%') {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                while (i < segment.length() && segment.charAt(i) == '%') {
                    bytes.write(octet(segment, i + 1));
                    i += 3;
                }
                decoded.append(utf8(bytes.toByteArray()));
            } else if (reserved.indexOf(c) >= 0) {
                throw new InvalidTopicException("write " + reserved
                        + " inside of a segment percent-encoded; a wildcard is a segment of its own");
            } else {
                decoded.append(c);
                i++;
            }
        }
        String result = decoded.toString();
        if (first && result.startsWith(INTERNAL)) {
            throw new InvalidTopicException("a topic does not begin with " + INTERNAL);
        }
        for (int at = 0; at < result.length(); at++) {
            if (Character.isISOControl(result.charAt(at)) || !wellFormed(result, at)) {
                throw new InvalidTopicException("a topic holds no control characters and no half characters");
            }
        }
        return result;
    }

    private static boolean wellFormed(String text, int at) {
        char c = text.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1));
        }
        return !Character.isLowSurrogate(c) || (at > 0 && Character.isHighSurrogate(text.charAt(at - 1)));
    }

    private static int octet(String segment, int at) throws InvalidTopicException {
        if (at + 1 >= segment.length()
                || !HexFormat.isHexDigit(segment.charAt(at))
                || !HexFormat.isHexDigit(segment.charAt(at + 1))) {
            throw new InvalidTopicException("two hexadecimal digits follow a % in a topic");
        }
        return HexFormat.fromHexDigits(segment, at, at + 2);
    }

    private static String utf8(byte[] bytes) throws InvalidTopicException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new InvalidTopicException("what is percent-encoded in a topic is UTF-8");
        }
    }

    /** Writes a topic so that {@link #topic} reads it. */
    public String write(Topic topic) {
        StringBuilder text = new StringBuilder();
        for (String segment : topic.segments()) {
            if (!text.isEmpty()) {
                text.append(separator);
            }
            write(segment, text);
        }
        return text.toString();
    }

    void write(String segment, StringBuilder text) {
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (reserved.indexOf(c) >= 0) {
                // every reserved character is ASCII
                text.append('%')
                        .append(Character.toUpperCase(Character.forDigit(c >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(c & 15, 16)));
            } else {
                text.append(c);
            }
        }
    }
}
