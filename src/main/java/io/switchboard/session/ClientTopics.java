package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What one client has subscribed to, and from where on it is to hear of it.
 *
 * <p>Promise: everything behind the position that a subscription was answered with is delivered, once and in the order of the
 * log. The position is asked for when the pattern is in the index already, so what comes behind it is found; and what was
 * published before, and may still be on its way to this loop, is told apart by the pattern's beginning.
 *
 * <p>One who has cursors is brought up to date from the log. Meanwhile it stays in the index, and what is offered to it is
 * not taken but only remembered by its offset: when the reading has come that far, nothing is missing, and from there on it
 * takes what is offered again.
 *
 * <p>Called on the session's loop only.
 */
final class ClientTopics {
    /** Events that are looked at before the loop may do something else. */
    private static final int EVENTS_PER_TURN = 256;

    /** Bytes that wait at most for a session that reads the log. */
    private static final long BYTES_PER_PAGE = 32 * 1024;

    /** Not yet: it begins when its loop has come to the end of what was on its way. */
    private static final long PENDING = Long.MAX_VALUE;

    /** What the topics need of their session. */
    interface Host {
        /** Whether it may see the publication as things stand. */
        boolean permits(Publication publication);

        /** Puts a publication into the queue. */
        void deliver(Publication publication);

        void reply(Request request, Reply reply);

        /** The patterns name other topics of events than before. */
        void guardedTopicsChanged();

        /** The patterns are about to be others. */
        void changing();

        /** A topic is subscribed to by its name. */
        void joined(Topic topic);

        /** A topic is not subscribed to by its name any more. */
        void left(Topic topic);

        /** Bytes that wait in the session's queue. */
        long waiting();

        /** Bytes that may be put into the queue without a client that reads coming to its bound. */
        long room();

        /** The topics of events that the claims imply. */
        Set<Topic> implied();

        /** Calls {@link #flushed} when the socket was given what waits. */
        void flushLater();

        /** What the event at that offset is to the session; empty: it is not known any more. */
        Optional<List<Publication>> at(long offset);
    }

    private static final class Held {
        private final TopicName name;
        private Subscription subscription;
        /** It hears of what comes behind this offset. */
        private long after = PENDING;

        /** In which it will be read from its cursor on; null: it hears of things already. */
        private Reading recovery;

        private long cursor;

        private Held(TopicName name) {
            this.name = name;
        }

        private void recover(Reading reading, long offset) {
            cursor = recovery == reading ? Math.min(cursor, offset) : offset;
            recovery = reading;
            after = PENDING;
        }
    }

    /** A client that reads the log: since when, and what it is told at the end. */
    private static final class Reading {
        private final Request request;
        private final Map<String, Boolean> complete = new LinkedHashMap<>();
        /** What is new and not read from a cursor on. */
        private final List<Held> fresh = new ArrayList<>();

        private long from = Long.MAX_VALUE;
        /** Everything up to here was on its way to the loop before it asked. */
        private final long handed;

        private boolean begun;

        private Reading(Request request, long handed) {
            this.request = request;
            this.handed = handed;
        }
    }

    private final Shard shard;
    private final Past past;
    private final Host host;
    private final io.switchboard.hub.Subscriber subscriber;
    private final Map<Pattern, Held> held = new LinkedHashMap<>();
    /** Those with wildcards that topics of events may be among. */
    private final Set<Pattern> wideGuarded = new HashSet<>();

    private final List<Reading> readings = new ArrayList<>();

    /** Readings that have not begun. */
    private int settling;
    /** Those that have: a number, since every publication asks. */
    private int begun;

    /** Everything behind it is due, by whatever pattern it is found, unless a reading has not begun. */
    private long floor;

    /** The last publication that was looked at, by the shard's number. */
    private long seen;
    /** The last offset that was offered. */
    private long offered;
    /** What is offered up to this offset was delivered already, or is not due. */
    private long taken;
    /** What audiences are sent is due behind this offset. */
    private long audiencesAfter;
    /** The first that an audience was sent and that was taken; nothing of what came later was left out. */
    private long firstOfAudience = Long.MAX_VALUE;
    /** What audiences were sent is also due behind this offset, */
    private long missedAfter = Long.MAX_VALUE;
    /** up to this one: it was missed while the client was away. */
    private long missedUpTo;
    /** How far the log was read. */
    private long read;

    ClientTopics(Shard shard, Past past, io.switchboard.hub.Subscriber subscriber, Host host) {
        this.shard = requireNonNull(shard, "shard");
        this.past = requireNonNull(past, "past");
        this.subscriber = requireNonNull(subscriber, "subscriber");
        this.host = requireNonNull(host, "host");
    }

    /** How many patterns are subscribed to. */
    int active() {
        return held.size();
    }

    /** How many there would be with these. */
    int activeWith(List<TopicName> names) {
        return (int) (held.size()
                + names.stream()
                        .map(TopicName::pattern)
                        .distinct()
                        .filter(pattern -> !held.containsKey(pattern))
                        .count());
    }

    /** Whether the client has asked for a topic of events. */
    boolean wants(Topic topic) {
        if (held.containsKey(Pattern.of(topic))) {
            return true;
        }
        for (Pattern pattern : wideGuarded) {
            if (pattern.matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /** Subscribes to what may be subscribed to. */
    void subscribe(Command.Subscribe command) {
        List<Held> fresh = new ArrayList<>();
        Position position = add(command.names(), fresh);
        Reading reading = new Reading(command.request(), past.handed());
        for (TopicName name : command.names()) {
            Optional<Position> cursor = command.cursors().of(name.text());
            if (cursor.isPresent()) {
                boolean complete = past.reachesBackTo(cursor.get());
                reading.complete.merge(name.text(), complete, Boolean::logicalAnd);
                if (complete) {
                    Held one = requireNonNull(held.get(name.pattern()));
                    one.recover(reading, cursor.get().offset());
                    reading.from = Math.min(reading.from, cursor.get().offset());
                }
            }
        }
        Reply.Subscribed answer = new Reply.Subscribed(command.names(), held.size(), position);
        if (reading.from < Long.MAX_VALUE) {
            for (Held one : fresh) {
                // none of them is heard of before the answer
                if (one.recovery == null) {
                    one.recover(reading, position.offset());
                    reading.fresh.add(one);
                }
            }
            settling++;
            readings.add(reading);
            shard.loop().execute(() -> begin(reading, answer, command.cursors().all()));
            return;
        }
        host.reply(command.request(), answer);
        showNewest(fresh, position);
        if (!reading.complete.isEmpty()) {
            // nothing can be read: it is told at once, and what it hears of does not depend on the log
            host.reply(command.request(), new Reply.Recovered(reading.complete, position));
        }
    }

    /** Whether no pattern that is subscribed to matches a topic, but for those given. */
    private final class NotElsewhere implements Predicate<Topic> {
        private final Set<Pattern> but;
        /** Those with wildcards, when they are asked for: as a rule there is no need to. */
        private Optional<List<Pattern>> wide = Optional.empty();

        private NotElsewhere(Set<Pattern> but) {
            this.but = but;
        }

        private boolean isElsewhere(Pattern pattern) {
            return held.containsKey(pattern) && !but.contains(pattern);
        }

        @Override
        public boolean test(Topic topic) {
            if (wide.isEmpty()) {
                wide = Optional.of(held.keySet().stream()
                        .filter(pattern ->
                                isElsewhere(pattern) && pattern.exact().isEmpty())
                        .toList());
            }
            return !isElsewhere(Pattern.of(topic)) && wide.get().stream().noneMatch(pattern -> pattern.matches(topic));
        }
    }

    private static boolean mayBeGuarded(Pattern pattern) {
        return pattern.first().isEmpty()
                || pattern.first().flatMap(Topic::guarded).isPresent();
    }

    private void begin(Reading reading, Reply.Subscribed answer, Optional<Position> cursorOfAll) {
        settling--;
        if (!readings.contains(reading)) {
            // signed out meanwhile
            return;
        }
        // Everything up to here that was due for the others has been taken, by the log's order on this loop.
        long here = isReading() ? read : Math.max(Math.max(reading.handed, offered), taken);
        for (Held one : held.values()) {
            if (one.recovery == reading) {
                one.after = one.cursor;
                one.recovery = null;
            } else if (one.recovery == null) {
                one.after = Math.max(one.after, here);
            }
        }
        audiencesAfter = Math.max(audiencesAfter, here);
        if (missedAfter != Long.MAX_VALUE) {
            // what it has read once it has
            missedAfter = Math.max(missedAfter, here);
        } else if (cursorOfAll.filter(past::reachesBackTo).isPresent()) {
            missedAfter = cursorOfAll.get().offset();
            missedUpTo = Math.min(firstOfAudience - 1, here);
        }
        reading.begun = true;
        begun++;
        host.reply(reading.request, answer);
        showNewest(reading.fresh, answer.position());
        read = Math.min(here, reading.from);
        host.flushLater();
    }

    private boolean isReading() {
        return begun > 0;
    }

    /** A position up to which everything was offered, if everything that was due has been taken too: not while the log is read. */
    Optional<Position> reached(Position handed) {
        return readings.isEmpty() ? Optional.of(handed) : Optional.empty();
    }

    /** Subscribes without telling the client, from now on. */
    void subscribe(List<TopicName> names) {
        List<Held> fresh = new ArrayList<>();
        Position position = add(names, fresh);
        showNewest(fresh, position);
    }

    /**
     * Delivers the newest values of what was just subscribed to, up to the position behind which everything is delivered. What
     * another pattern matches was heard of before, or is read from a cursor on.
     */
    private void showNewest(List<Held> fresh, Position position) {
        List<Pattern> patterns = fresh.stream()
                .map(one -> one.name.pattern())
                .filter(held::containsKey)
                .toList();
        if (patterns.isEmpty()) {
            return;
        }
        List<Publication> values = past.newest(new Past.Newest(
                patterns,
                host::implied,
                new NotElsewhere(Set.copyOf(patterns)),
                host::permits,
                position.offset(),
                host.room()));
        for (Publication value : values) {
            host.deliver(value);
        }
        host.flushLater();
    }

    /** Adds what is new, to a list as well, and returns the position behind which it begins. */
    private Position add(List<TopicName> names, List<Held> fresh) {
        boolean guarded = false;
        if (names.stream().anyMatch(name -> !held.containsKey(name.pattern()))) {
            host.changing();
        }
        for (TopicName name : names) {
            if (!held.containsKey(name.pattern())) {
                Held one = new Held(name);
                held.put(name.pattern(), one);
                one.subscription = shard.subscribe(name.pattern(), subscriber);
                name.pattern().exact().ifPresent(host::joined);
                if (mayBeGuarded(name.pattern())) {
                    guarded = true;
                    if (name.pattern().exact().isEmpty()) {
                        wideGuarded.add(name.pattern());
                    }
                }
                fresh.add(one);
            }
        }
        if (guarded) {
            host.guardedTopicsChanged();
        }
        // only now: an event without a place is not routed yet, and will be found for all of them
        Position last = past.last();
        for (Held one : fresh) {
            one.after = last.offset();
        }
        floor = Math.max(floor, last.offset());
        return last;
    }

    /** Gives up subscriptions. */
    void unsubscribe(Command.Unsubscribe command) {
        unsubscribe(command.names());
        host.reply(command.request(), new Reply.Unsubscribed(command.names(), held.size()));
    }

    /** The same without telling the client. */
    void unsubscribe(List<TopicName> names) {
        boolean guarded = false;
        for (TopicName name : names) {
            guarded |= remove(name.pattern());
        }
        if (guarded) {
            host.guardedTopicsChanged();
        }
    }

    private boolean remove(Pattern pattern) {
        if (held.containsKey(pattern)) {
            host.changing();
        }
        Held one = held.remove(pattern);
        if (one == null) {
            return false;
        }
        wideGuarded.remove(pattern);
        shard.unsubscribe(one.subscription);
        pattern.exact().ifPresent(host::left);
        return mayBeGuarded(pattern);
    }

    /** Gives up what is not allowed any more, and returns it. The caller looks at topics of events anew. */
    List<TopicName> retain(Predicate<Pattern> allowed) {
        List<TopicName> dropped = new ArrayList<>();
        for (Held one : List.copyOf(held.values())) {
            if (!allowed.test(one.name.pattern())) {
                remove(one.name.pattern());
                dropped.add(one.name);
            }
        }
        return dropped;
    }

    /** What is subscribed to. */
    List<Pattern> patterns() {
        return List.copyOf(held.keySet());
    }

    /** Visits the topics that are subscribed to by their name. */
    void forTopics(Consumer<Topic> visitor) {
        held.keySet().forEach(pattern -> pattern.exact().ifPresent(visitor));
    }

    /** Gives everything up. */
    void clear() {
        for (Held one : held.values()) {
            shard.unsubscribe(one.subscription);
        }
        forTopics(host::left);
        held.clear();
        wideGuarded.clear();
        readings.clear();
        begun = 0;
    }

    // Delivery

    /** Whether a publication that is offered is to be delivered now, as far as subscriptions decide. */
    boolean takes(Publication publication) {
        if (seen == shard.offering()) {
            // found by another pattern already
            return false;
        }
        seen = shard.offering();
        long offset = publication.position().offset();
        if (offset == 0) {
            return true;
        }
        offered = Math.max(offered, offset);
        if (offset <= taken || isReading()) {
            return false;
        }
        boolean due = (settling == 0 && offset > floor) || isDue(publication.topic(), offset);
        if (publication.topic().kind().isOfAudience() && due && offset < firstOfAudience) {
            firstOfAudience = offset;
        }
        return due;
    }

    private boolean isDue(Topic topic, long offset) {
        if (topic.kind().isOfAudience()) {
            return offset > audiencesAfter || (offset > missedAfter && offset <= missedUpTo);
        }
        for (Held one : held.values()) {
            if (offset > one.after && one.name.pattern().matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /** The socket was given what waited: goes on reading the log. */
    void flushed() {
        if (isReading() && host.waiting() < BYTES_PER_PAGE) {
            shard.loop().execute(this::readOn);
        }
    }

    private void readOn() {
        if (!isReading() || host.waiting() >= BYTES_PER_PAGE) {
            return;
        }
        long last = past.last().offset();
        int events = 0;
        while (read < last && events < EVENTS_PER_TURN && host.waiting() < BYTES_PER_PAGE) {
            long offset = read + 1;
            Optional<List<Publication>> publications = host.at(offset);
            if (publications.isEmpty()) {
                // too slow: the log has let it go
                skipTo(Math.max(last, offered));
                return;
            }
            for (Publication publication : publications.get()) {
                if (isDue(publication.topic(), offset) && host.permits(publication)) {
                    host.deliver(publication);
                }
            }
            read = offset;
            events++;
        }
        if (read >= offered && read >= last) {
            finish();
        } else {
            host.flushLater();
        }
    }

    private void skipTo(long offset) {
        read = offset;
        for (Reading reading : readings) {
            if (reading.begun) {
                reading.complete.replaceAll((_, _) -> false);
                // whatever else was to be heard of meanwhile is gone as well
                for (Held one : held.values()) {
                    if (one.recovery == null) {
                        reading.complete.put(one.name.text(), false);
                    }
                }
            }
        }
        finish();
    }

    private void finish() {
        taken = Math.max(taken, read);
        Position position = new Position(past.last().epoch(), read);
        List<Reading> done = readings.stream().filter(reading -> reading.begun).toList();
        readings.removeAll(done);
        begun = 0;
        for (Reading reading : done) {
            host.reply(reading.request, new Reply.Recovered(new HashMap<>(reading.complete), position));
        }
    }
}
