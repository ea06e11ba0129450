package io.switchboard.queue;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The first messages of a queue that are to be given to somebody, as far as they are in memory. One thread. */
final class Window {
    /** Messages in memory, */
    static final int MESSAGES = 100;

    /** and their bytes; but one message at least. */
    static final long BYTES = 1L << 20;

    private final TreeMap<Long, Waiting> messages = new TreeMap<>();
    private long bytes;
    /** Up to this number it holds all that are to be given. */
    private long upTo;
    /** Nothing is kept that is not in here. */
    private boolean complete;
    /** The highest number that was kept since somebody began to look. */
    private long newest;

    long upTo() {
        return upTo;
    }

    /** Whether there may be more to read. */
    boolean isComplete() {
        return complete;
    }

    int size() {
        return messages.size();
    }

    boolean contains(long number) {
        return messages.containsKey(number);
    }

    /** A message was kept: if none is missing before it, it need not be read. */
    void kept(long number, WorkMessage message) {
        newest = Math.max(newest, number);
        if (complete && number == upTo + 1 && hasRoomFor(message)) {
            put(new Waiting(number, 0, message));
            upTo = number;
        } else if (number > upTo) {
            complete = false;
        }
    }

    /** A message was kept that is to be read. */
    void kept(long number) {
        newest = Math.max(newest, number);
        if (number > upTo) {
            complete = false;
        }
    }

    /** Something may have been kept of which nobody heard. */
    void doubt() {
        complete = false;
    }

    /** A message that came back, or was read. */
    void add(Waiting waiting) {
        if (waiting.number() <= upTo && !messages.containsKey(waiting.number())) {
            put(waiting);
            while (messages.size() > 1 && (messages.size() > MESSAGES || bytes > BYTES)) {
                rewind(messages.lastKey() - 1);
            }
        }
    }

    /** Somebody looks what else there is: {@link #read} follows. */
    void reading() {
        newest = 0;
    }

    /** What was read reaches so far. */
    void read(long number, boolean last) {
        upTo = Math.max(upTo, number);
        complete = last && newest <= upTo;
    }

    /** What has a higher number is to be read again. */
    void rewind(long number) {
        if (number < upTo) {
            Map<Long, Waiting> behind = messages.tailMap(number, false);
            bytes -= behind.values().stream()
                    .mapToLong(waiting -> waiting.message().weight())
                    .sum();
            behind.clear();
            upTo = number;
            complete = false;
        }
    }

    /** Takes the first whose time is not over. */
    Optional<Waiting> poll(long now) {
        for (Map.Entry<Long, Waiting> first = messages.pollFirstEntry();
                first != null;
                first = messages.pollFirstEntry()) {
            WorkMessage message = first.getValue().message();
            bytes -= message.weight();
            if (message.expiresAt() > now) {
                return Optional.of(first.getValue());
            }
        }
        return Optional.empty();
    }

    private boolean hasRoomFor(WorkMessage message) {
        return messages.isEmpty() || (messages.size() < MESSAGES && bytes + message.weight() <= BYTES);
    }

    private void put(Waiting waiting) {
        messages.put(waiting.number(), waiting);
        bytes += waiting.message().weight();
    }
}
