package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore.Kept;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Questions about letters, each answered from one state of the database. One thread at a time; all methods block. */
final class MailReader {
    private final Statements statements;

    MailReader(Statements statements) {
        this.statements = requireNonNull(statements, "statements");
    }

    /** What fits is found out first, so that nothing is read that does not. */
    List<Kept> after(String owner, long number, int limit, long bytes, long now) throws SQLException {
        long last = number;
        long size = 0;
        try (ResultSet row =
                statements.with(Sql.MAIL_SIZES, owner, number, now, limit).executeQuery()) {
            while (row.next()) {
                size += row.getLong(2);
                if (last != number && size > bytes) {
                    break;
                }
                last = row.getLong(1);
            }
        }
        return last == number ? List.of() : between(owner, number, last, now);
    }

    private List<Kept> between(String owner, long number, long last, long now) throws SQLException {
        List<Kept> letters = new ArrayList<>();
        try (ResultSet row =
                statements.with(Sql.MAIL_AFTER, owner, number, last, now).executeQuery()) {
            while (row.next()) {
                letters.add(new Kept(
                        row.getLong(1),
                        new Letter(
                                UUID.fromString(row.getString(2)),
                                owner,
                                row.getString(3),
                                row.getLong(4),
                                row.getLong(5),
                                row.getString(6),
                                Optional.of(row.getString(7)).filter(text -> !text.isEmpty()))));
            }
        }
        return letters;
    }
}
