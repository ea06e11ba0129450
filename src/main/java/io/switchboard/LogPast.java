package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Reply;
import io.switchboard.event.Event;
import io.switchboard.event.Replay;
import io.switchboard.hub.Content;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.Position;
import io.switchboard.session.Past;
import io.switchboard.trace.Arrival;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;

/** What the log of this process still has, as sessions may see it. */
final class LogPast implements Past {
    /** Bytes of one page at most. */
    private static final long BYTES_PER_PAGE = 256 * 1024;

    private final long bytesPerPage;
    private final EventLog<Arrival> log;
    private final Replay replay;
    private final Executor readers;

    /**
     * @param outboundBytes what may wait for one session, of which a page takes a part; 0: any number
     * @param readers runs what may take a while; refuses what is too much
     */
    LogPast(EventLog<Arrival> log, Replay replay, long outboundBytes, Executor readers) {
        this.bytesPerPage = outboundBytes == 0 ? BYTES_PER_PAGE : Math.min(BYTES_PER_PAGE, outboundBytes / 4);
        this.log = requireNonNull(log, "log");
        this.replay = requireNonNull(replay, "replay");
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
        return log.kept()
                .get(offset)
                .map(entry -> replay.of(entry.position(), entry.event().event(), claims.views()));
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
                if (entry.isEmpty()) {
                    break;
                }
                more = !take(entry.get());
                offset = chained ? entry.get().previous() : offset - 1;
            }
            Collections.reverse(found);
            return reply(more);
        }

        /** Whether the log knows the events of the topic: see {@link Replay#topicOf}. */
        private boolean isChained() {
            return !topic.isGuarded() || topic.kind() == Topic.Kind.ROOM;
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
