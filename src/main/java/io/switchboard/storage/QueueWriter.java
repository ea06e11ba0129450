package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.queue.Algorithm;
import io.switchboard.queue.QueueStore.Binding;
import io.switchboard.queue.QueueStore.Bound;
import io.switchboard.queue.QueueStore.Claimed;
import io.switchboard.queue.QueueStore.Deleted;
import io.switchboard.queue.QueueStore.Purged;
import io.switchboard.queue.QueueStore.Requeued;
import io.switchboard.queue.QueueStore.Returned;
import io.switchboard.queue.QueueStore.Sent;
import io.switchboard.queue.WorkMessage;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Changes of queues, inside of the transaction that the writer begins and ends. What is counted is counted in the same
 * transaction as what it counts. The writer's thread; all methods block.
 */
final class QueueWriter {
    /** Messages of one portion of what is deleted at a time. */
    static final int PORTION = 1_000;

    /** Of these, in bytes; but one at least. */
    private static final long PORTION_BYTES = 4L << 20;

    private final Statements statements;
    private final Clock clock;

    QueueWriter(Statements statements, Clock clock) {
        this.statements = requireNonNull(statements, "statements");
        this.clock = requireNonNull(clock, "clock");
    }

    // Queues

    Outcome<Claimed> claim(String name, String user, boolean byRule, boolean temporary, String run, QueueQuotas quotas)
            throws SQLException {
        Optional<Outcome<Claimed>> there = claimed(name, user, byRule, run);
        if (there.isPresent()) {
            return there.get();
        }
        // another process may count at the same time, or make the same queue
        lock(QueueSql.LOCK_TOTAL);
        there = claimed(name, user, byRule, run);
        if (there.isPresent()) {
            return there.get();
        }
        Claimed standing = standing(user, quotas);
        if (standing != Claimed.DURABLE) {
            return Outcome.unchanged(standing);
        }
        add(name, user, temporary, run);
        return Outcome.written(temporary ? Claimed.TEMPORARY : Claimed.DURABLE);
    }

    /** Empty: there is no such queue. */
    private Optional<Outcome<Claimed>> claimed(String name, String user, boolean byRule, String run)
            throws SQLException {
        try (ResultSet row = statements.with(QueueSql.QUEUE, name).executeQuery()) {
            if (!row.next()) {
                return Optional.empty();
            }
            if (!byRule && !row.getString(1).equals(user)) {
                return Optional.of(Outcome.unchanged(Claimed.FOREIGN));
            }
            if (row.getInt(2) == 0) {
                return Optional.of(Outcome.unchanged(Claimed.DURABLE));
            }
            if (row.getString(3).equals(run)) {
                return Optional.of(Outcome.unchanged(Claimed.TEMPORARY));
            }
        }
        int _ = statements.with(QueueSql.CONSUMED, run, name).executeUpdate();
        return Optional.of(Outcome.written(Claimed.TEMPORARY));
    }

    private void lock(String sql, Object... parameters) throws SQLException {
        int _ = statements.with(sql, parameters).executeUpdate();
    }

    /** Whether there is room for a queue more, which durable ones stand for here. */
    private Claimed standing(String user, QueueQuotas quotas) throws SQLException {
        try (ResultSet row = statements
                .with(QueueSql.QUEUE_STANDING, user, quotas.queuesPerUser())
                .executeQuery()) {
            if (!row.next()) {
                throw new SQLException("there is no total");
            }
            if (quotas.queuesPerUser() > 0 && row.getLong(3) >= quotas.queuesPerUser()) {
                return Claimed.USER_FULL;
            }
            return row.getLong(1) < QueueQuotas.bound(quotas.queues()) ? Claimed.DURABLE : Claimed.FULL;
        }
    }

    private void add(String name, String owner, boolean temporary, String run) throws SQLException {
        int _ = statements
                .with(QueueSql.NEW_QUEUE, name, owner, temporary ? 1 : 0, temporary ? run : "", clock.millis())
                .executeUpdate();
        int _ = statements.with(QueueSql.MORE_QUEUES).executeUpdate();
    }

    Outcome<Boolean> release(String name, String run) throws SQLException {
        return outcome(
                statements.with(QueueSql.RELEASED, clock.millis(), name, run).executeUpdate());
    }

    Outcome<Boolean> begin(String run) throws SQLException {
        return outcome(
                statements.with(QueueSql.NOT_CONSUMED, clock.millis(), run).executeUpdate());
    }

    private static Outcome<Boolean> outcome(int rows) {
        return rows > 0 ? Outcome.written(true) : Outcome.unchanged(false);
    }

    Outcome<Deleted> deleteQueue(String name, OptionalLong usedAt) throws SQLException {
        // another process may send to it
        lock(QueueSql.LOCK_QUEUE, name);
        if (usedAt.isPresent() && !exists(QueueSql.QUEUE_UNUSED, name, usedAt.getAsLong())) {
            return Outcome.unchanged(new Deleted.Unknown());
        }
        long lastNumber;
        try (ResultSet row = statements.with(QueueSql.QUEUE, name).executeQuery()) {
            if (!row.next()) {
                return Outcome.unchanged(new Deleted.Unknown());
            }
            lastNumber = row.getLong(4);
        }
        int _ = delete(places(statements.with(QueueSql.ALL_IN_QUEUE, name, PORTION)));
        if (exists(QueueSql.ALL_IN_QUEUE, name, 1)) {
            return Outcome.written(new Deleted.More());
        }
        Set<String> exchanges = new TreeSet<>(texts(QueueSql.EXCHANGES_OF, name));
        for (String exchange : exchanges) {
            int _ = statements
                    .with(QueueSql.FEWER_BINDINGS, clock.millis(), exchange)
                    .executeUpdate();
        }
        int _ = statements.with(QueueSql.UNBIND_QUEUE, name).executeUpdate();
        int _ = statements.with(QueueSql.DELETE_QUEUE, name).executeUpdate();
        int _ = statements.with(QueueSql.FEWER_QUEUES, lastNumber, lastNumber).executeUpdate();
        return Outcome.written(new Deleted.Done(exchanges));
    }

    private boolean exists(String sql, Object... parameters) throws SQLException {
        try (ResultSet row = statements.with(sql, parameters).executeQuery()) {
            return row.next();
        }
    }

    private List<String> texts(String sql, Object... parameters) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet row = statements.with(sql, parameters).executeQuery()) {
            while (row.next()) {
                texts.add(row.getString(1));
            }
        }
        return texts;
    }

    // Messages

    Outcome<Sent> send(Collection<String> queues, WorkMessage message, QueueQuotas quotas) throws SQLException {
        if (queues.size() == 1) {
            String queue = queues.iterator().next();
            OptionalLong number = number(statements.with(
                    QueueSql.NEXT_NUMBER_IF_ROOM,
                    message.weight(),
                    queue,
                    QueueQuotas.bound(quotas.messagesPerQueue()),
                    QueueQuotas.bound(quotas.bytesPerQueue()) - message.weight()));
            if (number.isPresent()) {
                add(queue, number.getAsLong(), message);
                return Outcome.written(new Sent(Map.of(queue, number.getAsLong()), false, 0));
            }
        }
        int expired = 0;
        Map<String, Long> numbers = new HashMap<>();
        // in one order, so that two processes do not wait for each other
        List<String> targets = new ArrayList<>();
        for (String queue : new TreeSet<>(queues)) {
            switch (room(queue, message, quotas)) {
                case YES -> targets.add(queue);
                case UNKNOWN -> {}
                case NO -> {
                    int made =
                            delete(places(statements.with(QueueSql.EXPIRED_IN_QUEUE, queue, clock.millis(), PORTION)));
                    expired += made;
                    if (made == 0 || room(queue, message, quotas) == Room.NO) {
                        Sent full = new Sent(Map.of(), true, expired);
                        return expired > 0 ? Outcome.written(full) : Outcome.unchanged(full);
                    }
                    targets.add(queue);
                }
            }
        }
        for (String queue : targets) {
            OptionalLong number = number(statements.with(QueueSql.NEXT_NUMBER, message.weight(), queue));
            // or another process has deleted it
            if (number.isPresent()) {
                add(queue, number.getAsLong(), message);
                numbers.put(queue, number.getAsLong());
            }
        }
        Sent sent = new Sent(numbers, false, expired);
        return numbers.isEmpty() && expired == 0 ? Outcome.unchanged(sent) : Outcome.written(sent);
    }

    private enum Room {
        YES,
        NO,
        UNKNOWN
    }

    private Room room(String queue, WorkMessage message, QueueQuotas quotas) throws SQLException {
        try (ResultSet row = statements.with(QueueSql.QUEUE_SIZE, queue).executeQuery()) {
            if (!row.next()) {
                return Room.UNKNOWN;
            }
            boolean fits = row.getLong(1) < QueueQuotas.bound(quotas.messagesPerQueue())
                    && row.getLong(2) <= QueueQuotas.bound(quotas.bytesPerQueue()) - message.weight();
            return fits ? Room.YES : Room.NO;
        }
    }

    private static OptionalLong number(PreparedStatement update) throws SQLException {
        try (ResultSet row = update.executeQuery()) {
            return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
        }
    }

    private void add(String queue, long number, WorkMessage message) throws SQLException {
        int _ = statements
                .with(
                        QueueSql.NEW_WORK,
                        queue,
                        number,
                        message.id().toString(),
                        message.sender(),
                        message.replyTo(),
                        message.correlationId(),
                        message.exchange(),
                        message.routingKey(),
                        message.sentAt(),
                        message.expiresAt(),
                        message.weight(),
                        message.data())
                .executeUpdate();
    }

    Outcome<Boolean> remove(String queue, Collection<Long> numbers) throws SQLException {
        return outcome(delete(
                numbers.stream().map(number -> new Place(queue, false, number)).toList()));
    }

    Outcome<Returned> putBack(String queue, long number, int deliveries) throws SQLException {
        int returns;
        long expiresAt;
        try (ResultSet row = statements.with(QueueSql.RETURNED, queue, number).executeQuery()) {
            if (!row.next()) {
                return Outcome.unchanged(new Returned.Gone());
            }
            returns = row.getInt(1);
            expiresAt = row.getLong(2);
        }
        long now = clock.millis();
        if (expiresAt <= now) {
            int _ = delete(List.of(new Place(queue, false, number)));
            return Outcome.written(new Returned.Expired());
        }
        if (deliveries == 0 || returns < deliveries) {
            return Outcome.written(new Returned.Again(returns));
        }
        int _ = statements.with(QueueSql.DIED, now, queue, number).executeUpdate();
        int _ = statements.with(QueueSql.MORE_DEAD, 1, queue).executeUpdate();
        return Outcome.written(new Returned.Dead());
    }

    Outcome<Integer> deleteExpired() throws SQLException {
        return counted(delete(places(statements.with(QueueSql.EXPIRED_WORK, clock.millis(), PORTION))));
    }

    Outcome<Integer> deleteDead(long diedAt) throws SQLException {
        return counted(delete(places(statements.with(QueueSql.OLD_DEAD, diedAt, PORTION))));
    }

    private static Outcome<Integer> counted(int deleted) {
        return deleted > 0 ? Outcome.written(deleted) : Outcome.unchanged(0);
    }

    Outcome<Optional<Purged>> purge(String queue, boolean dead, Set<Long> keep, long after, OptionalLong last)
            throws SQLException {
        long end;
        try (ResultSet row = statements.with(QueueSql.QUEUE, queue).executeQuery()) {
            if (!row.next()) {
                return Outcome.unchanged(Optional.empty());
            }
            end = last.orElse(row.getLong(4));
        }
        List<Place> found = places(statements.with(QueueSql.SOME_IN_QUEUE, queue, dead ? 1 : 0, after, end, PORTION));
        int deleted = delete(
                found.stream().filter(place -> !keep.contains(place.number())).toList());
        Optional<Purged> purged = Optional.of(
                new Purged(deleted, found.isEmpty() ? end : found.getLast().number(), end));
        return deleted > 0 ? Outcome.written(purged) : Outcome.unchanged(purged);
    }

    Outcome<Optional<Requeued>> requeue(String queue, int limit) throws SQLException {
        if (!exists(QueueSql.QUEUE, queue)) {
            return Outcome.unchanged(Optional.empty());
        }
        long now = clock.millis();
        List<Place> found =
                places(statements.with(QueueSql.SOME_IN_QUEUE, queue, 1, 0L, Long.MAX_VALUE, Math.min(limit, PORTION)));
        if (found.isEmpty()) {
            return Outcome.unchanged(Optional.of(new Requeued(0, 0)));
        }
        for (Place place : found) {
            int _ = statements
                    .with(QueueSql.REVIVED, now, now, queue, place.number())
                    .executeUpdate();
        }
        int _ = statements.with(QueueSql.MORE_DEAD, -found.size(), queue).executeUpdate();
        return Outcome.written(
                Optional.of(new Requeued(found.size(), found.getFirst().number())));
    }

    private static List<Place> places(PreparedStatement query) throws SQLException {
        List<Place> places = new ArrayList<>();
        long size = 0;
        try (ResultSet row = query.executeQuery()) {
            while (size < PORTION_BYTES && row.next()) {
                places.add(new Place(row.getString(1), row.getInt(2) == 1, row.getLong(3)));
                size += row.getLong(4);
            }
        }
        return places;
    }

    /** Deletes messages and what they count; how many there were. */
    private int delete(List<Place> places) throws SQLException {
        Map<String, Sum> queues = new TreeMap<>();
        int deleted = 0;
        for (Place place : places) {
            try (ResultSet row = statements
                    .with(QueueSql.REMOVE_WORK, place.queue(), place.dead() ? 1 : 0, place.number())
                    .executeQuery()) {
                if (row.next()) {
                    queues.merge(place.queue(), new Sum(1, row.getLong(1), place.dead() ? 1 : 0), Sum::plus);
                    deleted++;
                }
            }
        }
        for (Map.Entry<String, Sum> queue : queues.entrySet()) {
            Sum sum = queue.getValue();
            int _ = statements
                    .with(
                            QueueSql.FEWER_IN_QUEUE,
                            sum.messages(),
                            sum.bytes(),
                            sum.dead(),
                            clock.millis(),
                            queue.getKey())
                    .executeUpdate();
        }
        return deleted;
    }

    // Exchanges

    Outcome<Bound> bind(
            String name, Algorithm algorithm, String user, Optional<Binding> binding, String run, QueueQuotas quotas)
            throws SQLException {
        // another process may count at the same time
        lock(QueueSql.LOCK_EXCHANGE, name);
        lock(QueueSql.LOCK_TOTAL);
        boolean found;
        long bindings = 0;
        try (ResultSet row = statements.with(QueueSql.EXCHANGE, name).executeQuery()) {
            found = row.next();
            if (found) {
                if (!row.getString(1).equals(algorithm.wireName())) {
                    return Outcome.unchanged(Bound.OTHER_ALGORITHM);
                }
                bindings = row.getLong(2);
            }
        }
        if (!found && full(quotas)) {
            return Outcome.unchanged(Bound.EXCHANGES_FULL);
        }
        if (binding.isPresent()) {
            if (bindings >= QueueQuotas.bound(quotas.bindingsPerExchange())) {
                return Outcome.unchanged(Bound.BINDINGS_FULL);
            }
            Claimed standing = standing(user, quotas);
            if (standing != Claimed.DURABLE) {
                return Outcome.unchanged(standing == Claimed.FULL ? Bound.QUEUES_FULL : Bound.USER_FULL);
            }
        }
        if (!found) {
            int _ = statements
                    .with(QueueSql.NEW_EXCHANGE, name, algorithm.wireName(), user, clock.millis())
                    .executeUpdate();
            int _ = statements.with(QueueSql.MORE_EXCHANGES).executeUpdate();
        }
        if (binding.isPresent()) {
            String queue = binding.get().queue();
            add(queue, user, true, run);
            int _ = statements
                    .with(QueueSql.NEW_BINDING, name, queue, binding.get().routingKey())
                    .executeUpdate();
            int _ = statements.with(QueueSql.MORE_BINDINGS, name).executeUpdate();
        }
        return found && binding.isEmpty() ? Outcome.unchanged(Bound.DONE) : Outcome.written(Bound.DONE);
    }

    private boolean full(QueueQuotas quotas) throws SQLException {
        try (ResultSet row = statements.with(QueueSql.QUEUE_STANDING, "", 0).executeQuery()) {
            return row.next() && row.getLong(2) >= QueueQuotas.bound(quotas.exchanges());
        }
    }

    Outcome<Optional<Set<String>>> deleteExchange(String name, OptionalLong usedAt) throws SQLException {
        lock(QueueSql.LOCK_EXCHANGE, name);
        boolean goes = usedAt.isPresent()
                ? exists(QueueSql.EXCHANGE_UNUSED, name, usedAt.getAsLong())
                : exists(QueueSql.EXCHANGE, name);
        if (!goes) {
            return Outcome.unchanged(Optional.empty());
        }
        Set<String> queues = new HashSet<>(texts(QueueSql.BINDINGS, name));
        int _ = statements.with(QueueSql.UNBIND_EXCHANGE, name).executeUpdate();
        int _ = statements.with(QueueSql.DELETE_EXCHANGE, name).executeUpdate();
        int _ = statements.with(QueueSql.FEWER_EXCHANGES).executeUpdate();
        return Outcome.written(Optional.of(queues));
    }

    /** Where a message is. */
    private record Place(String queue, boolean dead, long number) {}

    /** What messages count together. */
    private record Sum(long messages, long bytes, long dead) {
        Sum plus(Sum other) {
            return new Sum(messages + other.messages, bytes + other.bytes, dead + other.dead);
        }
    }
}
