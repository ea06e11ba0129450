package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * By what a letter is known again when it is sent once more, perhaps on another way.
 *
 * @param keys the first that is known decides; all are taken otherwise
 * @param strict whether the same key must not be used for another letter
 * @param digest of all that the letter says
 */
public record Postmark(List<String> keys, boolean strict, String digest) {
    public Postmark {
        keys = List.copyOf(keys);
        requireNonNull(digest, "digest");
    }
}
