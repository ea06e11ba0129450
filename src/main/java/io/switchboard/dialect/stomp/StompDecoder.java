package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads the frames of one client (STOMP 1.2, Augmented BNF) from messages that may be cut at any byte. After each
 * {@link #feed} its owner calls {@link #next} until there is no frame left; then the decoder holds what has come of an
 * unfinished frame and no array otherwise. What can become no frame is refused as soon as that is known.
 *
 * <p>After an exception the decoder is dead: it ignores what it is fed, and every {@link #next} throws the same again.
 *
 * <p>Not thread-safe.
 */
final class StompDecoder {
    /** Bytes of the command and the headers at most, with the empty line behind them. */
    static final int LONGEST_HEAD = 16 * 1024;

    private static final byte NUL = 0;
    private static final byte LF = '\n';
    private static final byte CR = '\r';

    /** Some virtual machines allocate no longer array. */
    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    private static final byte[] NOTHING = {};

    /** Where in a frame the decoder is. */
    private enum Part {
        BETWEEN_FRAMES,
        COMMAND,
        HEADERS,
        BODY
    }

    private final int longestFrame;
    private StompVersion version = StompVersion.V1_0;
    private Optional<BadFrameException> failure = Optional.empty();

    private byte[] buffer = NOTHING;
    /** Where what is buffered ends. */
    private int end;
    /** Where the frame begins. */
    private int begin;
    /** Where the line or the body begins that is being read. */
    private int current;
    /** Up to where the end of that has been looked for: no byte is looked at again when more come. */
    private int scanned;

    private Part part = Part.BETWEEN_FRAMES;
    private Optional<FrameHead> head = Optional.empty();
    private OptionalInt bodyLength = OptionalInt.empty();

    /** @param maxFrameBytes of a frame, from its command to its NUL; 0: any */
    StompDecoder(int maxFrameBytes) {
        if (maxFrameBytes < 0) {
            throw new IllegalArgumentException("maxFrameBytes is negative");
        }
        longestFrame = maxFrameBytes == 0 ? LONGEST_ARRAY : maxFrameBytes;
    }

    /** How the client escapes in frames whose command {@link #next} has not read yet; before that it is as in 1.0. */
    void speaks(StompVersion version) {
        this.version = requireNonNull(version, "version");
    }

    /** Takes what has come. The array belongs to the decoder from then on. */
    void feed(byte[] bytes) {
        if (failure.isPresent()) {
            return;
        }
        int held = end - begin;
        if (held == 0) {
            // not copied: most messages hold nothing but whole frames
            buffer = bytes;
            begin = 0;
            end = bytes.length;
            return;
        }
        if (bytes.length > buffer.length - end) {
            long needed = (long) held + bytes.length;
            if (needed > LONGEST_ARRAY) {
                fail(tooLong());
                return;
            }
            moveTo(new byte[room((int) needed)]);
        }
        System.arraycopy(bytes, 0, buffer, end, bytes.length);
        end += bytes.length;
    }

    /** Twice as much as before, so that the bytes of many small pieces are not moved for each of them. */
    private int room(int needed) {
        long doubled = 2L * buffer.length;
        if (end - begin < longest()) {
            // an owner that reads all there is before it feeds more needs no more than this
            doubled = Math.min(doubled, longest());
        }
        return Math.clamp(doubled, needed, LONGEST_ARRAY);
    }

    /** Bytes at most from the beginning of the frame to the end of what is being read of it. */
    private int longest() {
        return part == Part.BODY ? longestFrame : Math.min(LONGEST_HEAD, longestFrame);
    }

    /** The next frame that has come whole; empty: feed it more. */
    Optional<StompFrame> next() throws BadFrameException {
        if (failure.isPresent()) {
            throw failure.get();
        }
        try {
            Optional<StompFrame> frame = read();
            if (begin == end) {
                buffer = NOTHING;
                begin = 0;
                end = 0;
            } else if (frame.isEmpty() && begin > 0) {
                // what was read is not kept for the sake of what was not
                moveTo(new byte[end - begin]);
            }
            return frame;
        } catch (BadFrameException e) {
            fail(e);
            throw e;
        }
    }

    /** Whether, after {@link #next} has found none, a frame has begun. */
    boolean isMidFrame() {
        return part != Part.BETWEEN_FRAMES;
    }

    /** Bytes of memory that it holds. */
    int held() {
        return buffer.length;
    }

    private Optional<StompFrame> read() throws BadFrameException {
        if (part == Part.BETWEEN_FRAMES) {
            skipLineEnds();
        }
        while (part == Part.COMMAND || part == Part.HEADERS) {
            if (!findLineEnd()) {
                return Optional.empty();
            }
            readLine();
        }
        return part == Part.BODY && findBodyEnd() ? Optional.of(takeFrame()) : Optional.empty();
    }

    /** They are heart-beats (STOMP 1.2, Heart-beating). */
    private void skipLineEnds() {
        while (begin < end) {
            boolean carriageReturn = buffer[begin] == CR;
            if (carriageReturn && begin + 1 == end) {
                return;
            }
            int lineFeed = carriageReturn ? begin + 1 : begin;
            if (buffer[lineFeed] != LF) {
                part = Part.COMMAND;
                current = begin;
                scanned = begin;
                return;
            }
            begin = lineFeed + 1;
        }
    }

    /** Whether the line has come whole; then {@code scanned} is where its LF is. */
    private boolean findLineEnd() throws BadFrameException {
        int stop = begin + Math.min(end - begin, longest());
        while (scanned < stop && buffer[scanned] != LF) {
            if (buffer[scanned] == NUL) {
                throw new BadFrameException("send an empty line behind the headers, and the NUL behind it");
            }
            scanned++;
        }
        if (part == Part.COMMAND && lineEnd() - current > ClientCommand.LONGEST) {
            throw ClientCommand.unknown();
        }
        if (scanned - begin == longest()) {
            throw longestFrame < LONGEST_HEAD
                    ? tooLong()
                    : new BadFrameException("send at most " + LONGEST_HEAD + " bytes of headers");
        }
        return scanned < end;
    }

    /** Where the line ends as far as it has come: a CR before the LF is not of it (STOMP 1.2, Augmented BNF: EOL). */
    private int lineEnd() {
        return scanned > current && buffer[scanned - 1] == CR ? scanned - 1 : scanned;
    }

    private void readLine() throws BadFrameException {
        String line = utf8(current, lineEnd());
        scanned++;
        current = scanned;
        if (part == Part.COMMAND) {
            head = Optional.of(new FrameHead(ClientCommand.of(line), version));
            part = Part.HEADERS;
        } else if (line.isEmpty()) {
            beginBody(head.orElseThrow());
            part = Part.BODY;
        } else {
            head.orElseThrow().add(line);
        }
    }

    private String utf8(int from, int to) throws BadFrameException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(buffer, from, to - from))
                    .toString();
        } catch (CharacterCodingException _) {
            throw new BadFrameException("send the command and the headers in UTF-8");
        }
    }

    private void beginBody(FrameHead whole) throws BadFrameException {
        bodyLength = whole.contentLength();
        if (!whole.command().mayHaveBody()) {
            if (bodyLength.orElse(0) > 0) {
                throw unexpectedBody();
            }
            bodyLength = OptionalInt.of(0);
        }
        if ((long) current - begin + bodyLength.orElse(0) + 1 > longestFrame) {
            throw tooLong();
        }
    }

    /** Whether the body has come whole; then {@code scanned} is where the NUL behind it is. */
    private boolean findBodyEnd() throws BadFrameException {
        if (bodyLength.isPresent()) {
            int length = bodyLength.getAsInt();
            if (end - current <= length) {
                return false;
            }
            scanned = current + length;
            if (buffer[scanned] != NUL) {
                throw head.orElseThrow().command().mayHaveBody()
                        ? new BadFrameException(
                                "send a content-length that is the number of the body's bytes, and a NUL"
                                        + " behind them")
                        : unexpectedBody();
            }
            return true;
        }
        int stop = begin + Math.min(end - begin, longestFrame);
        while (scanned < stop && buffer[scanned] != NUL) {
            scanned++;
        }
        if (scanned - begin == longestFrame) {
            throw tooLong();
        }
        return scanned < end;
    }

    private StompFrame takeFrame() {
        FrameHead whole = head.orElseThrow();
        byte[] body = Arrays.copyOfRange(buffer, current, scanned);
        begin = scanned + 1;
        part = Part.BETWEEN_FRAMES;
        head = Optional.empty();
        return new StompFrame(whole.command(), whole.headers(), body);
    }

    private void moveTo(byte[] other) {
        System.arraycopy(buffer, begin, other, 0, end - begin);
        buffer = other;
        current -= begin;
        scanned -= begin;
        end -= begin;
        begin = 0;
    }

    private void fail(BadFrameException e) {
        failure = Optional.of(e);
        buffer = NOTHING;
        begin = 0;
        end = 0;
        part = Part.BETWEEN_FRAMES;
        head = Optional.empty();
    }

    private BadFrameException tooLong() {
        return new BadFrameException("send frames of at most " + longestFrame + " bytes");
    }

    private static BadFrameException unexpectedBody() {
        return new BadFrameException("send a body with SEND alone: elsewhere the NUL follows the empty line");
    }
}
