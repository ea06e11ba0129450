package io.switchboard.log;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * What the log still has, bounded altogether by number, bytes and age. Written by one thread at a time, the log's writer;
 * read by any thread, without locks.
 *
 * @param <E> the event
 */
public final class Kept<E> {
    /** Entries that come and go together in memory. */
    private static final int CHUNK = 512;

    /**
     * Bounds; 0 switches one off, and zero of all keeps everything.
     *
     * @param events how many are kept
     * @param bytes how much they weigh together
     * @param age how long one is kept
     */
    public record Bounds(int events, long bytes, Duration age) {
        public Bounds {
            requireNonNull(age, "age");
        }
    }

    /**
     * An event in its place.
     *
     * @param previous the offset of the event of the same channel before this; 0: there was none
     */
    public record Entry<E>(Position position, E event, long previous) {}

    private final Bounds bounds;
    private final ToIntFunction<E> weigher;
    private final Function<E, Optional<?>> channelOf;
    private final Predicate<Object> isListed;
    private final Map<Long, Object[]> chunks = new ConcurrentHashMap<>();
    private final Map<Object, Long> newest = new ConcurrentHashMap<>();
    private final Set<Object> listed = ConcurrentHashMap.newKeySet();
    private long bytes;
    private volatile long first = 1;
    private volatile long last;
    private volatile long handed;

    /**
     * @param weigher how many bytes an event keeps in memory
     * @param channelOf what it belongs to, whose events can be followed backwards; empty: to nothing
     */
    public Kept(Bounds bounds, ToIntFunction<E> weigher, Function<E, Optional<?>> channelOf) {
        this(bounds, weigher, channelOf, _ -> false);
    }

    /** @param isListed whether a channel is one of {@link #channels}, while anything of it is kept */
    public Kept(
            Bounds bounds, ToIntFunction<E> weigher, Function<E, Optional<?>> channelOf, Predicate<Object> isListed) {
        this.bounds = requireNonNull(bounds, "bounds");
        this.weigher = requireNonNull(weigher, "weigher");
        this.channelOf = requireNonNull(channelOf, "channelOf");
        this.isListed = requireNonNull(isListed, "isListed");
    }

    /**
     * The last offset that was given, whether its event is on its way already or not; 0: none yet. Whoever can be found by the
     * tail before it asks is found for everything behind it.
     */
    public long last() {
        return last;
    }

    /** The last offset whose event was handed to the tail, with all before it; 0: none yet. */
    public long handed() {
        return handed;
    }

    /** The first offset that is kept; one more than {@link #last} where nothing is. */
    public long first() {
        return first;
    }

    /** Whether everything that came after this offset is still here. */
    public boolean reachesBackTo(long offset) {
        return offset >= first - 1 && offset <= last;
    }

    /** The event at that offset; empty: not yet, or not any more. */
    public Optional<Entry<E>> get(long offset) {
        Object[] chunk = chunks.get(chunkOf(offset));
        @SuppressWarnings("unchecked") // only add puts something there
        Entry<E> entry = chunk == null || offset < first ? null : (Entry<E>) chunk[placeOf(offset)];
        return Optional.ofNullable(entry);
    }

    /**
     * Whether nothing is to be found at that offset though everything behind it is kept: no event has it. To be asked after
     * {@link #get} found nothing.
     */
    public boolean skipped(long offset) {
        return offset >= first && offset <= last;
    }

    /** The offset of the channel's last event; 0: none that is kept. */
    public long newest(Object channel) {
        return newest.getOrDefault(channel, 0L);
    }

    /** Those channels that are listed and of which something is kept; may change while it is looked at. */
    public Set<Object> channels() {
        return Collections.unmodifiableSet(listed);
    }

    private static long chunkOf(long offset) {
        return offset / CHUNK;
    }

    private static int placeOf(long offset) {
        return (int) (offset % CHUNK);
    }

    /** Begins behind an offset, before anything is kept. For the writer. */
    public void begin(long offset) {
        last = offset;
        first = offset + 1;
        handed = offset;
    }

    /** No event has the offset that comes next. For the writer. */
    public void skip() {
        long offset = last + 1;
        last = offset;
        handed = offset;
    }

    /** Keeps the event; offsets come without gaps, but those that were skipped. For the writer. */
    public void add(Position position, E event) {
        long offset = position.offset();
        Optional<?> channel = channelOf.apply(event);
        long previous = channel.isPresent() ? newest.getOrDefault(channel.get(), 0L) : 0;
        chunks.computeIfAbsent(chunkOf(offset), _ -> new Object[CHUNK])[placeOf(offset)] =
                new Entry<>(position, event, previous);
        bytes += weigher.applyAsInt(event);
        last = offset;
        channel.ifPresent(one -> {
            newest.put(one, offset);
            if (isListed.test(one)) {
                listed.add(one);
            }
        });
        evict(position.placedAt());
    }

    /** The event at this offset and all before it were handed to the tail. For the writer. */
    public void handed(long offset) {
        handed = offset;
    }

    /** Lets go of what is over the bounds. For the writer. */
    public void evict(long nowMillis) {
        while (first <= last) {
            Optional<Entry<E>> found = get(first);
            if (found.isEmpty()) {
                leave(first);
                continue;
            }
            Entry<E> oldest = found.get();
            boolean tooMany = bounds.events() > 0 && last - first + 1 > bounds.events();
            boolean tooMuch = bounds.bytes() > 0 && bytes > bounds.bytes();
            boolean tooOld = !bounds.age().isZero()
                    && nowMillis - oldest.position().placedAt() > bounds.age().toMillis();
            if (!tooMany && !tooMuch && !tooOld) {
                return;
            }
            remove(oldest);
        }
    }

    private void remove(Entry<E> oldest) {
        long offset = oldest.position().offset();
        bytes -= weigher.applyAsInt(oldest.event());
        channelOf.apply(oldest.event()).ifPresent(channel -> {
            if (newest.remove(channel, offset)) {
                listed.remove(channel);
            }
        });
        leave(offset);
    }

    private void leave(long offset) {
        // before the place is empty: who finds it so must not take it for one that was skipped
        first = offset + 1;
        Object[] chunk = chunks.get(chunkOf(offset));
        if (placeOf(offset) == CHUNK - 1) {
            chunks.remove(chunkOf(offset));
        } else if (chunk != null) {
            chunk[placeOf(offset)] = null;
        }
    }

    /** How many are kept. */
    public long size() {
        return Math.max(0, last - first + 1);
    }
}
