package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import java.util.function.Predicate;

/**
 * Frames that wait for a session's socket, oldest first: a frame that a thousand sessions wait for exists once. What came
 * from a publication can still be taken out again, when the claims that allowed it are gone.
 */
public final class OutboundQueue {
    private static final int[] NONE = {};
    private static final int FIRST_CAPACITY = 8;
    /** A queue that once was larger gives its array back when it is empty. */
    private static final int KEPT_CAPACITY = 128;

    private final SharedFrames shared;
    private int[] places = NONE;
    private int head;
    private int size;
    private long bytes;
    /** How many frames were taken out at the front. */
    private long begin;

    OutboundQueue(SharedFrames shared) {
        this.shared = requireNonNull(shared, "shared");
    }

    /** Adds the frame at a place of the shared ones. */
    void add(int place) {
        if (size == places.length) {
            grow();
        }
        places[(head + size) & (places.length - 1)] = place;
        size++;
        bytes += shared.frame(place).size();
        shared.hold(place);
    }

    private void grow() {
        int[] grown = new int[Math.max(FIRST_CAPACITY, 2 * size)];
        for (int i = 0; i < size; i++) {
            grown[i] = places[(head + i) & (places.length - 1)];
        }
        places = grown;
        head = 0;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    /** How many frames wait. */
    public int size() {
        return size;
    }

    /** Bytes that wait, as they will be on the wire. */
    public long bytes() {
        return bytes;
    }

    /** Numbers the oldest frame: by one more for each that the socket was given. */
    long begin() {
        return begin;
    }

    /** The number behind the newest frame, which is reached when the socket was given all that waits now. */
    long end() {
        return begin + size;
    }

    /** The frame at a place from the oldest, 0, on. */
    public Frame peek(int index) {
        return shared.frame(places[(head + index) & (places.length - 1)]);
    }

    /** Takes out the oldest frames, which the socket is given. */
    public void remove(int count) {
        begin += count;
        for (int i = 0; i < count; i++) {
            shared.handedOver(places[(head + i) & (places.length - 1)]);
        }
        drop(count);
    }

    private void drop(int count) {
        for (int i = 0; i < count; i++) {
            int place = places[head];
            bytes -= shared.frame(place).size();
            shared.release(place);
            head = (head + 1) & (places.length - 1);
        }
        size -= count;
        if (size == 0 && places.length > KEPT_CAPACITY) {
            places = NONE;
            head = 0;
        }
    }

    /** Takes out the publications that are not to be delivered any more; frames of the dialect itself stay. */
    void retain(Predicate<Publication> allowed) {
        int count = size;
        int from = head;
        size = 0;
        bytes = 0;
        for (int i = 0; i < count; i++) {
            int place = places[(from + i) & (places.length - 1)];
            Publication publication = shared.publication(place);
            if (publication == null || allowed.test(publication)) {
                // never overtakes the place that is read next
                places[(head + size) & (places.length - 1)] = place;
                size++;
                bytes += shared.frame(place).size();
            } else {
                shared.release(place);
            }
        }
    }

    void clear() {
        drop(size);
        places = NONE;
        head = 0;
    }
}
