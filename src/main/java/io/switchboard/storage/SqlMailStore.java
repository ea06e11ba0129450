package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Mailboxes in a database, as {@link Storage} keeps them. A letter that is posted once more while it is kept stays one letter:
 * that is safe after a failure, of which nobody knows whether it was committed.
 */
public final class SqlMailStore implements MailStore {
    /** About what a letter takes beside its texts, and a number that is to be removed, in bytes. */
    private static final long LETTER_BYTES = 128;

    private static final long NUMBER_BYTES = 32;

    /** Users of whom it is remembered that they are known, so that nobody has to be asked when all of them come again. */
    private static final int REMEMBERED = 50_000;

    private final Storage storage;
    private final MailQuotas quotas;
    private final Clock clock;
    private final Cache<String, Boolean> known = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .executor(Runnable::run)
            .build();

    public SqlMailStore(Storage storage, MailQuotas quotas, Clock clock) {
        this.storage = requireNonNull(storage, "storage");
        this.quotas = requireNonNull(quotas, "quotas");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public CompletionStage<Posted> post(Letter letter) {
        requireNonNull(letter, "letter");
        return storage.change(
                connection -> connection.mail().post(letter, quotas),
                LETTER_BYTES
                        + Storage.bytes(letter.recipient())
                        + Storage.bytes(letter.sender())
                        + Storage.bytes(letter.payload())
                        + letter.metadata().map(Storage::bytes).orElse(0L));
    }

    @Override
    public CompletionStage<List<Kept>> after(String recipient, long number, int limit, long bytes) {
        requireNonNull(recipient, "recipient");
        if (limit < 1) {
            throw new IllegalArgumentException("a limit is 1 or more");
        }
        return storage.ask(connection -> connection.mail().after(recipient, number, limit, bytes, clock.millis()));
    }

    @Override
    public CompletionStage<Void> remove(String recipient, Collection<Long> numbers) {
        requireNonNull(recipient, "recipient");
        Set<Long> distinct = Set.copyOf(numbers);
        if (distinct.isEmpty()) {
            return CompletableFuture.completedStage(null);
        }
        return done(
                storage.change(
                        connection -> connection.mail().remove(recipient, distinct),
                        Storage.bytes(recipient) + distinct.size() * NUMBER_BYTES),
                () -> {});
    }

    @Override
    public CompletionStage<Void> signedIn(String user) {
        requireNonNull(user, "user");
        if (known.getIfPresent(user) != null) {
            return CompletableFuture.completedStage(null);
        }
        CompletableFuture<Boolean> change =
                storage.change(connection -> connection.mail().signedIn(user), Storage.bytes(user));
        return done(change, () -> known.put(user, true));
    }

    /** Without the answer, and with the failure as it is: a dependent stage would wrap it. */
    private static CompletionStage<Void> done(CompletableFuture<Boolean> change, Runnable then) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        var _ = change.whenComplete((_, failure) -> {
            if (failure == null) {
                then.run();
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        });
        return done;
    }
}
