package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Pattern;

/**
 * A pattern as a client wrote it.
 *
 * @param text in the syntax of its dialect
 * @param pattern what that means
 */
public record TopicName(String text, Pattern pattern) {
    public TopicName {
        requireNonNull(text, "text");
        requireNonNull(pattern, "pattern");
    }
}
