package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore.Posted;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Changes of mailboxes, inside of the transaction that the writer begins and ends. What is counted is counted in the same
 * transaction as what it counts. The writer's thread; all methods block.
 */
final class MailWriter {
    /** Letters whose time is over that go at once to make room; as many as fill a box by default. */
    private static final int PORTION = 1_000;

    /** Of these, in bytes; but one at least. */
    private static final long PORTION_BYTES = 4L << 20;

    private final Statements statements;
    private final Clock clock;

    MailWriter(Statements statements, Clock clock) {
        this.statements = requireNonNull(statements, "statements");
        this.clock = requireNonNull(clock, "clock");
    }

    Outcome<Posted> post(Letter letter, MailQuotas quotas) throws SQLException {
        Standing standing = standing(letter, quotas);
        if (standing.kept()) {
            return Outcome.unchanged(Posted.KEPT);
        }
        if (standing.full()) {
            if (makeRoom(letter, standing) == 0) {
                return Outcome.unchanged(Posted.FULL);
            }
            if (standing(letter, quotas).full()) {
                return Outcome.written(Posted.FULL);
            }
        }
        add(letter);
        return Outcome.written(Posted.KEPT);
    }

    private Standing standing(Letter letter, MailQuotas quotas) throws SQLException {
        PreparedStatement query = statements.with(
                Sql.MAIL_STANDING,
                letter.recipient(),
                letter.sender(),
                quotas.messagesPerSenderAndUser(),
                letter.recipient(),
                letter.sender(),
                letter.id().toString(),
                letter.recipient(),
                letter.sender());
        try (ResultSet row = query.executeQuery()) {
            if (!row.next()) {
                throw new SQLException("there is no total");
            }
            // what there is no row of counts 0
            boolean known = row.getInt(3) == 1;
            return new Standing(
                    row.getLong(7) > 0,
                    over(row.getLong(1) + 1, quotas.messagesPerUser())
                            || over(row.getLong(2) + letter.weight(), quotas.bytesPerUser()),
                    over(row.getLong(6) + 1, quotas.messagesPerSenderAndUser()),
                    over(row.getLong(4) + 1, quotas.messagesPerSender()),
                    !known && over(row.getLong(5) + 1, quotas.messagesOfStrangers()));
        }
    }

    private static boolean over(long count, long quota) {
        return quota > 0 && count > quota;
    }

    /** Deletes what is over and stands in the way; how many letters. */
    private int makeRoom(Letter letter, Standing standing) throws SQLException {
        long now = clock.millis();
        int deleted = 0;
        if (standing.boxFull()) {
            deleted += delete(expired(statements.with(Sql.EXPIRED_OF_OWNER, letter.recipient(), now, PORTION)));
        }
        if (standing.pairFull()) {
            deleted += delete(
                    expired(statements.with(Sql.EXPIRED_OF_PAIR, letter.recipient(), letter.sender(), now, PORTION)));
        }
        if (standing.senderFull()) {
            deleted += delete(expired(statements.with(Sql.EXPIRED_OF_SENDER, letter.sender(), now, PORTION)));
        }
        if (standing.strangersFull()) {
            deleted += delete(expired(statements.with(Sql.EXPIRED_OF_STRANGERS, now, PORTION)));
        }
        return deleted;
    }

    private void add(Letter letter) throws SQLException {
        long number;
        boolean known;
        try (ResultSet row = statements
                .with(Sql.MAIL_NEXT_NUMBER, letter.recipient(), letter.weight())
                .executeQuery()) {
            if (!row.next()) {
                throw new SQLException("there is no total");
            }
            number = row.getLong(1);
            known = row.getInt(2) == 1;
        }
        if (!known) {
            int _ = statements.with(Sql.MAIL_ONE_STRANGER_MORE).executeUpdate();
        }
        int _ = statements.with(Sql.MAIL_ONE_MORE_OF, letter.sender()).executeUpdate();
        int _ = statements
                .with(
                        Sql.NEW_LETTER,
                        letter.recipient(),
                        number,
                        letter.id().toString(),
                        letter.sender(),
                        letter.sentAt(),
                        letter.expiresAt(),
                        letter.weight(),
                        known ? 0 : 1,
                        letter.metadata().orElse(""),
                        letter.payload())
                .executeUpdate();
    }

    Outcome<Boolean> remove(String owner, Collection<Long> numbers) throws SQLException {
        int deleted =
                delete(numbers.stream().map(number -> new Place(owner, number)).toList());
        return deleted > 0 ? Outcome.written(true) : Outcome.unchanged(false);
    }

    Outcome<Boolean> signedIn(String user) throws SQLException {
        long waiting;
        try (ResultSet row = statements.with(Sql.MAIL_BOX, user).executeQuery()) {
            boolean found = row.next();
            if (found && row.getInt(2) == 1) {
                return Outcome.unchanged(false);
            }
            waiting = found ? row.getLong(1) : 0;
        }
        int _ = statements.with(Sql.MAIL_KNOWN, user).executeUpdate();
        if (waiting > 0) {
            int _ = statements.with(Sql.MAIL_NO_STRANGERS, user).executeUpdate();
            fewerStrangers(waiting, 0);
        }
        return Outcome.written(true);
    }

    /** Deletes letters whose time is over, whoever they are for; how many. */
    int deleteExpired(int most) throws SQLException {
        return delete(expired(statements.with(Sql.EXPIRED, clock.millis(), most)));
    }

    private static List<Place> expired(PreparedStatement query) throws SQLException {
        List<Place> places = new ArrayList<>();
        long size = 0;
        try (ResultSet row = query.executeQuery()) {
            while (size < PORTION_BYTES && row.next()) {
                places.add(new Place(row.getString(1), row.getLong(2)));
                size += row.getLong(3);
            }
        }
        return places;
    }

    /** Deletes letters and what they count; how many there were. */
    private int delete(List<Place> places) throws SQLException {
        // in one order, so that two processes do not wait for each other
        Map<String, Sum> owners = new TreeMap<>();
        Map<String, Sum> senders = new TreeMap<>();
        int deleted = 0;
        for (Place place : places) {
            try (ResultSet row = statements
                    .with(Sql.REMOVE_LETTER, place.owner(), place.number())
                    .executeQuery()) {
                if (row.next()) {
                    Sum one = new Sum(1, row.getLong(2));
                    owners.merge(place.owner(), one, Sum::plus);
                    senders.merge(row.getString(1), one, Sum::plus);
                    deleted++;
                }
            }
        }
        for (Map.Entry<String, Sum> owner : owners.entrySet()) {
            fewerIn(owner.getKey(), owner.getValue());
        }
        for (Map.Entry<String, Sum> sender : senders.entrySet()) {
            fewerOf(sender.getKey(), sender.getValue().messages());
        }
        return deleted;
    }

    /** Of one who never signed in nothing stays behind the last letter. */
    private void fewerIn(String owner, Sum sum) throws SQLException {
        long left;
        long lastNumber;
        try (ResultSet row = statements
                .with(Sql.MAIL_FEWER_IN, sum.messages(), sum.bytes(), owner)
                .executeQuery()) {
            if (!row.next() || row.getInt(2) == 1) {
                return;
            }
            left = row.getLong(1);
            lastNumber = row.getLong(3);
        }
        fewerStrangers(sum.messages(), left == 0 ? lastNumber : 0);
        if (left == 0) {
            int _ = statements.with(Sql.DELETE_BOX, owner).executeUpdate();
        }
    }

    private void fewerOf(String sender, long messages) throws SQLException {
        boolean last;
        try (ResultSet row =
                statements.with(Sql.MAIL_FEWER_OF, messages, sender).executeQuery()) {
            last = row.next() && row.getLong(1) == 0;
        }
        if (last) {
            int _ = statements.with(Sql.DELETE_SENDER, sender).executeUpdate();
        }
    }

    /** @param floor the highest number of a box that goes; 0: none does */
    private void fewerStrangers(long messages, long floor) throws SQLException {
        int _ = statements
                .with(Sql.MAIL_FEWER_STRANGERS, messages, floor, floor)
                .executeUpdate();
    }

    /** Where a letter is. */
    private record Place(String owner, long number) {}

    /** What letters count together. */
    private record Sum(long messages, long bytes) {
        Sum plus(Sum other) {
            return new Sum(messages + other.messages, bytes + other.bytes);
        }
    }

    /**
     * How a letter stands before it is added.
     *
     * @param kept it was added before
     */
    private record Standing(
            boolean kept, boolean boxFull, boolean pairFull, boolean senderFull, boolean strangersFull) {
        boolean full() {
            return boxFull || pairFull || senderFull || strangersFull;
        }
    }
}
