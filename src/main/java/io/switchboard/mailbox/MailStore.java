package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.StoreException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Keeps letters until they were received. Any thread, never blocks it. Changes are carried out one after the other, in the
 * order of the calls; a change has happened for good when its stage completes. Stages may complete on any thread, and fail
 * with {@link StoreException} only.
 */
public interface MailStore {
    /** What became of a letter that was to be kept. */
    enum Posted {
        /** It is kept for good. */
        KEPT,
        /** A quota is used up; nothing is kept of it. */
        FULL
    }

    /**
     * A letter that is kept.
     *
     * @param number grows from letter to letter of one recipient, in the order in which they were kept; never used again
     */
    record Kept(long number, Letter letter) {
        public Kept {
            requireNonNull(letter, "letter");
        }
    }

    /** Keeps a letter behind all others of its recipient, as far as the quotas allow. */
    CompletionStage<Posted> post(Letter letter);

    /**
     * The first letters of a recipient behind a number, oldest first, without those whose time is over.
     *
     * @param limit how many at most, 1 or more
     * @param bytes how much at most, by {@link Letter#weight}; but one at least
     */
    CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes);

    /** Removes letters of a recipient; those that are gone already are no error. */
    CompletionStage<Void> remove(String recipient, Collection<Long> numbers);

    /** A user has signed in: what waits under that name is no stranger's any more. */
    CompletionStage<Void> signedIn(String user);
}
