package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Reply;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What was published before, as sessions may see it now. Any thread, never blocks it. */
public interface Past {
    /**
     * The latest position that was given. Its event may still be on its way; but whoever comes into the hub's index before it
     * asks is offered everything behind it.
     */
    Position last();

    /** The last offset whose event was posted to the event loops, with all before it. */
    long handed();

    /** Whether everything behind the position is still known. */
    boolean reachesBackTo(Position position);

    /**
     * What the event at that offset is to one with these claims: publications that still have to be asked for their guard.
     * Empty: the event is not known any more.
     */
    Optional<List<Publication>> at(long offset, Claims claims);

    /**
     * Which newest values are asked for.
     *
     * @param patterns of topics
     * @param implied topics of events that the claims imply: a pattern with wildcards finds no others of those
     * @param wanted which topics to look at, of those that the patterns match
     * @param permitted which publications may be shown
     * @param upTo only offsets up to here
     * @param bytes about how many at most
     */
    record Newest(
            List<Pattern> patterns,
            Supplier<Set<Topic>> implied,
            Predicate<Topic> wanted,
            Predicate<Publication> permitted,
            long upTo,
            long bytes) {
        public Newest {
            patterns = List.copyOf(patterns);
            requireNonNull(implied, "implied");
            requireNonNull(wanted, "wanted");
            requireNonNull(permitted, "permitted");
        }
    }

    /**
     * The newest value of each key of topics that have such, in the order of the log: as many as can be found in a bounded
     * time. On the caller's thread.
     */
    default List<Publication> newest(Newest asked) {
        return List.of();
    }

    /**
     * A page of a topic's messages, oldest first.
     *
     * @param claims whose views count
     * @param permitted which publications may be shown; asked on another thread
     * @param limit how many at most; fewer where they are large
     * @param before only offsets below
     * @param since only offsets above
     * @return or a failure with {@link BusyException}
     */
    CompletionStage<Reply.Past> page(
            Topic topic,
            Claims claims,
            Predicate<Publication> permitted,
            int limit,
            OptionalLong before,
            OptionalLong since);

    /** Too many ask at the moment. */
    final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public BusyException() {
            super("too many ask for history, try again", null, false, false);
        }
    }
}
