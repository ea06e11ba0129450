package io.switchboard.webflow;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a client calls the operation whose authorization it waits for. Whoever knows it may wait, so it is a secret: it belongs in
 * no log, trace or list.
 *
 * @param text 8 to 256 characters, none of them a control character
 */
public record WebSocketId(String text) implements Comparable<WebSocketId> {
    private static final int SHORTEST = 8;
    private static final int LONGEST = 256;

    public WebSocketId {
        requireNonNull(text, "text");
        if (!isValid(text)) {
            throw new IllegalArgumentException("an id has " + SHORTEST + " to " + LONGEST + " printable characters");
        }
    }

    /** The id of that text; empty: no id looks like it. */
    public static Optional<WebSocketId> of(String text) {
        return isValid(text) ? Optional.of(new WebSocketId(text)) : Optional.empty();
    }

    /** The id of an operation: SHA-512 of its UTF-8, in lower-case hexadecimal digits, as Web Flow derives it. */
    public static WebSocketId ofOperation(String operationId) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-512").digest(operationId.getBytes(UTF_8));
            return new WebSocketId(HexFormat.of().formatHex(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this platform lacks SHA-512", e);
        }
    }

    private static boolean isValid(String text) {
        return text.length() >= SHORTEST
                && text.length() <= LONGEST
                && text.chars().noneMatch(Character::isISOControl);
    }

    /** Clients choose ids: a hash map finds those that share a hash by their order. */
    @Override
    public int compareTo(WebSocketId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return "WebSocketId[]";
    }
}
