package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Reply;
import io.switchboard.event.DeliveryPolicies;
import io.switchboard.event.Event;
import io.switchboard.event.Replay;
import io.switchboard.hub.Content;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.Position;
import io.switchboard.session.Past;
import io.switchboard.trace.Arrival;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What the log of this process still has, as sessions may see it. */
final class LogPast implements Past {
    /** Bytes of one page at most. */
    private static final long BYTES_PER_PAGE = 256 * 1024;

    /** Topics whose newest values are shown at once. */
    private static final int MOST_TOPICS = 1000;

    /** Events of one topic that are looked at for its newest values, */
    private static final int EVENTS_PER_TOPIC = 256;

    /** and of all topics together, since it is an event loop that looks. */
    private static final int MOST_EVENTS = 4096;

    /** How often a topic is held against a pattern at most. */
    private static final int MOST_COMPARISONS = 100_000;

    private final long bytesPerPage;
    private final EventLog<Arrival> log;
    private final Replay replay;
    private final DeliveryPolicies deliveries;
    private final Executor readers;

    /**
     * @param deliveries which topics have newest values
     * @param outboundBytes what may wait for one session, of which a page takes a part; 0: any number
     * @param readers runs what may take a while; refuses what is too much
     */
    LogPast(EventLog<Arrival> log, Replay replay, DeliveryPolicies deliveries, long outboundBytes, Executor readers) {
        this.bytesPerPage = outboundBytes == 0 ? BYTES_PER_PAGE : Math.min(BYTES_PER_PAGE, outboundBytes / 4);
        this.log = requireNonNull(log, "log");
        this.replay = requireNonNull(replay, "replay");
        this.deliveries = requireNonNull(deliveries, "deliveries");
        this.readers = requireNonNull(readers, "readers");
    }

    @Override
    public Position last() {
        return new Position(log.epoch(), log.kept().last());
    }

    @Override
    public long handed() {
        return log.kept().handed();
    }

    @Override
    public boolean reachesBackTo(Position position) {
        return position.epoch().equals(log.epoch()) && log.kept().reachesBackTo(position.offset());
    }

    @Override
    public Optional<List<Publication>> at(long offset, Claims claims) {
        Kept<Arrival> kept = log.kept();
        Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
        if (entry.isEmpty() && kept.skipped(offset)) {
            return Optional.of(List.of());
        }
        return entry.map(one -> replay.of(one.position(), one.event().event(), claims.views()));
    }

    @Override
    public List<Publication> newest(Newest asked) {
        return deliveries.hasLatest() ? new Values(asked).read() : List.of();
    }

    /** Newest values that are being looked for. */
    private final class Values {
        private final Newest asked;
        private final Kept<Arrival> kept = log.kept();
        private final List<Publication> found = new ArrayList<>();
        private int events = MOST_EVENTS;
        private long bytes;

        private Values(Newest asked) {
            this.asked = asked;
            this.bytes = asked.bytes();
        }

        List<Publication> read() {
            Set<Topic> topics = topics();
            int left = topics.size();
            for (Topic topic : topics) {
                // the newest of each before the older ones of any
                left--;
                read(topic, Math.min(EVENTS_PER_TOPIC, events - left));
            }
            found.sort(Comparator.comparingLong(value -> value.position().offset()));
            return found;
        }

        private Set<Topic> topics() {
            Set<Topic> topics = new LinkedHashSet<>();
            List<Pattern> wide = new ArrayList<>();
            for (Pattern pattern : asked.patterns()) {
                pattern.exact().ifPresentOrElse(topic -> consider(topic, topics), () -> wide.add(pattern));
            }
            if (!wide.isEmpty()) {
                Stream<Topic> implied = asked.implied().get().stream().filter(topic -> kept.newest(topic) > 0);
                Stream<Topic> open = kept.channels().stream().map(Topic.class::cast);
                Stream.concat(implied, open)
                        .limit(MOST_COMPARISONS / wide.size())
                        .takeWhile(_ -> topics.size() < MOST_TOPICS)
                        .filter(topic -> wide.stream().anyMatch(pattern -> pattern.matches(topic)))
                        .forEach(topic -> consider(topic, topics));
            }
            return topics;
        }

        private void consider(Topic topic, Set<Topic> topics) {
            if (topics.size() < MOST_TOPICS
                    && deliveries.isLatest(topic)
                    && kept.newest(topic) > 0
                    && asked.wanted().test(topic)) {
                topics.add(topic);
            }
        }

        /** Along the events of the topic, from the newest on. */
        private void read(Topic topic, int most) {
            Set<Publication.Slot> seen = new HashSet<>();
            long offset = kept.newest(topic);
            for (int i = 0; i < most && offset > 0 && bytes > 0; i++) {
                Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
                if (entry.isEmpty()) {
                    return;
                }
                events--;
                if (offset <= asked.upTo()) {
                    replay.of(entry.get().position(), entry.get().event().event(), List.of()).stream()
                            // what went to an audience needs no subscription
                            .filter(value -> value.topic().equals(topic)
                                    && asked.permitted().test(value)
                                    && seen.add(value.slot()))
                            .forEach(this::take);
                }
                offset = entry.get().previous();
            }
        }

        private void take(Publication value) {
            bytes -= value.weight();
            if (bytes >= 0) {
                found.add(value);
            }
        }
    }

    @Override
    public CompletionStage<Reply.Past> page(
            Topic topic,
            Claims claims,
            Predicate<Publication> permitted,
            int limit,
            OptionalLong before,
            OptionalLong since) {
        CompletableFuture<Reply.Past> result = new CompletableFuture<>();
        Page page = new Page(topic, claims, permitted, limit);
        try {
            readers.execute(() -> {
                try {
                    result.complete(since.isPresent() ? page.since(since.getAsLong()) : page.before(before));
                } catch (RuntimeException e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException _) {
            result.completeExceptionally(new BusyException());
        }
        return result;
    }

    /** A page that is being read. */
    private final class Page {
        private final Topic topic;
        private final Claims claims;
        private final Predicate<Publication> permitted;
        private final int limit;
        private final Kept<Arrival> kept = log.kept();
        private final long first = kept.first();
        private final long last = kept.last();
        private final List<Publication> found = new ArrayList<>();
        private long bytes;

        private Page(Topic topic, Claims claims, Predicate<Publication> permitted, int limit) {
            this.topic = topic;
            this.claims = claims;
            this.permitted = permitted;
            this.limit = limit;
        }

        Reply.Past before(OptionalLong before) {
            long from = Math.min(last, before.isPresent() ? before.getAsLong() - 1 : last);
            boolean more = false;
            // along the messages of the topic where the log knows them, else through everything
            boolean chained = isChained();
            long offset = chained ? newestUpTo(from) : from;
            while (offset >= first && offset > 0 && !more) {
                Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
                if (entry.isEmpty() && (chained || !kept.skipped(offset))) {
                    break;
                }
                more = entry.isPresent() && !take(entry.get());
                offset = chained ? entry.get().previous() : offset - 1;
            }
            Collections.reverse(found);
            return reply(more);
        }

        /** Whether the log knows the events of the topic: see {@link Replay#topicOf}. */
        private boolean isChained() {
            return !topic.isGuarded() || topic.kind() == Topic.Kind.ROOM || topic.kind() == Topic.Kind.JOB;
        }

        private long newestUpTo(long from) {
            long offset = kept.newest(topic);
            while (offset > from) {
                Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
                offset = entry.isPresent() ? entry.get().previous() : 0;
            }
            return offset;
        }

        Reply.Past since(long since) {
            boolean more = false;
            if (!isChained()) {
                for (long offset = Math.max(first, since + 1); offset <= last && !more; offset++) {
                    Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
                    more = entry.isPresent() && !take(entry.get());
                }
                return reply(more);
            }
            List<Kept.Entry<Arrival>> newestFirst = new ArrayList<>();
            long offset = kept.newest(topic);
            while (offset > since) {
                Optional<Kept.Entry<Arrival>> entry = kept.get(offset);
                entry.ifPresent(newestFirst::add);
                offset = entry.isPresent() ? entry.get().previous() : 0;
            }
            for (int i = newestFirst.size() - 1; i >= 0 && !more; i--) {
                more = !take(newestFirst.get(i));
            }
            return reply(more);
        }

        /** Whether there was room for it; what is not for the asker takes none. */
        private boolean take(Kept.Entry<Arrival> entry) {
            Event event = entry.event().event();
            for (Publication publication : replay.of(entry.position(), event, claims.views())) {
                boolean wanted = publication.content() instanceof Content.Message message
                        ? message.shown().equals(topic)
                        : publication.topic().equals(topic);
                if (wanted && permitted.test(publication)) {
                    if (found.size() == limit || (!found.isEmpty() && bytes + publication.weight() > bytesPerPage)) {
                        return false;
                    }
                    found.add(publication);
                    bytes += publication.weight();
                }
            }
            return true;
        }

        private Reply.Past reply(boolean more) {
            return new Reply.Past(topic, found, log.epoch(), first, last, more);
        }
    }
}
