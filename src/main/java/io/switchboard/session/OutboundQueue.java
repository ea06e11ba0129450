package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Frames that wait for a session's socket, oldest first: a frame that a thousand sessions wait for exists once. What came
 * from a publication can still be taken out again, when the claims that allowed it are gone, or when a newer value of the same
 * {@link Publication#slot} came.
 *
 * <p>What is taken out for a newer value leaves a gap in the ring; when there are more gaps than frames, the ring is written
 * anew. So each frame is moved a bounded number of times for each that was taken out, and the ring is never more than twice as
 * large as what waits.
 */
public final class OutboundQueue {
    private static final int[] NONE = {};
    private static final int FIRST_CAPACITY = 8;
    /** A queue that once was larger gives its array back when it is empty. */
    private static final int KEPT_CAPACITY = 128;

    /** Where nothing is any more. */
    private static final int GAP = -1;

    /** Fewer are not worth it. */
    private static final int FEW_GAPS = 16;

    private final SharedFrames shared;
    private int[] places = NONE;
    private int head;
    /** Places of the ring in use, gaps among them. */
    private int length;

    private int gaps;
    private long replacedUpTo;
    private long bytes;
    /** How many frames were taken out at the front. */
    private long begin;

    /** How many places have left the ring at its head, so that one which stays keeps its number. It may overflow. */
    private int departed;

    /** The number of the newest of each slot; null: nothing is conflated, as is the rule. */
    private Map<Publication.Slot, Integer> newest;

    // where the last peek found its frame: the next one most likely asks for that behind it
    private int peeked = -1;
    private int peekedAt = -1;

    OutboundQueue(SharedFrames shared) {
        this.shared = requireNonNull(shared, "shared");
    }

    private int at(int index) {
        return (head + index) & (places.length - 1);
    }

    /** Adds the frame at a place of the shared ones. */
    void add(int place) {
        if (length == places.length) {
            resize(Math.max(FIRST_CAPACITY, 2 * length));
        }
        places[at(length)] = place;
        length++;
        bytes += shared.frame(place).size();
        shared.hold(place);
    }

    /** Writes the ring anew, with its gaps. */
    private void resize(int capacity) {
        int[] resized = new int[capacity];
        for (int i = 0; i < length; i++) {
            resized[i] = places[at(i)];
        }
        places = resized;
        head = 0;
    }

    /**
     * Adds the frame in place of an older value that still waits. The first time in a while, all that waits is looked through.
     *
     * @param publication that the frame is of
     * @return how many older values were taken out
     */
    int replace(Publication publication, int place) {
        int taken = conflate();
        Integer older = newest.remove(publication.slot());
        if (older != null) {
            takeOut(older);
            taken++;
        }
        add(place);
        newest.put(publication.slot(), departed + length - 1);
        return taken;
    }

    /**
     * Takes out all but the newest value of each slot, and begins to remember where they are, until nothing waits.
     *
     * @return how many were taken out
     */
    int conflate() {
        if (newest != null) {
            return 0;
        }
        newest = new HashMap<>();
        int before = size();
        for (int i = 0; i < length; i++) {
            Publication publication = conflated(places[at(i)]);
            if (publication != null) {
                Integer older = newest.put(publication.slot(), departed + i);
                if (older != null) {
                    superseded(older);
                }
            }
        }
        int taken = before - size();
        tidy();
        return taken;
    }

    /** The publication of a frame that a newer one may replace; null: it is none. */
    private Publication conflated(int place) {
        Publication publication = place == GAP ? null : shared.publication(place);
        return publication != null && publication.policy() == Policy.LATEST ? publication : null;
    }

    private void takeOut(int number) {
        superseded(number);
        tidy();
    }

    private void superseded(int number) {
        int place = places[at(number - departed)];
        shared.replaced(place);
        replacedUpTo = Math.max(
                replacedUpTo,
                requireNonNull(shared.publication(place)).position().offset());
        emptied(number);
    }

    private void emptied(int number) {
        int index = at(number - departed);
        int place = places[index];
        bytes -= shared.frame(place).size();
        shared.release(place);
        places[index] = GAP;
        gaps++;
        forgetPeek();
    }

    private void tidy() {
        if (gaps >= FEW_GAPS && gaps > length - gaps) {
            closeGaps();
        }
    }

    private void closeGaps() {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            int place = places[at(i)];
            if (place != GAP) {
                // never overtakes the place that is read next
                places[at(kept)] = place;
                kept++;
            }
        }
        length = kept;
        gaps = 0;
        forgetPeek();
        shrink();
        if (newest != null) {
            number();
        }
    }

    private void shrink() {
        if (places.length > KEPT_CAPACITY && length <= places.length / 4) {
            resize(Math.max(KEPT_CAPACITY, Integer.highestOneBit(Math.max(1, length)) * 2));
        }
    }

    /** Says where everything is now. */
    private void number() {
        newest.clear();
        for (int i = 0; i < length; i++) {
            Publication publication = conflated(places[at(i)]);
            if (publication != null) {
                newest.put(publication.slot(), departed + i);
            }
        }
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    /** Whether a publication of the event at that offset waits. */
    boolean holds(long offset) {
        for (int i = 0; i < length; i++) {
            int place = places[at(i)];
            Publication publication = place == GAP ? null : shared.publication(place);
            if (publication != null && publication.position().offset() == offset) {
                return true;
            }
        }
        return false;
    }

    /** The first offset of which something waits; 0: nothing of any event does. */
    long oldest() {
        for (int i = 0; i < length; i++) {
            int place = places[at(i)];
            Publication publication = place == GAP ? null : shared.publication(place);
            if (publication != null && publication.position().offset() > 0) {
                return publication.position().offset();
            }
        }
        return 0;
    }

    /** The last offset of which something made room for a newer value. */
    long replacedUpTo() {
        return replacedUpTo;
    }

    /** How many frames wait. */
    public int size() {
        return length - gaps;
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
        return begin + size();
    }

    /** Whether older values make room for newer ones: until nothing waits. */
    boolean isConflated() {
        return newest != null;
    }

    /** Places that the ring takes, for tests that look for leaks. */
    int capacity() {
        return places.length;
    }

    /** Values that are remembered by what they are of, for the same. */
    int remembered() {
        return newest == null ? 0 : newest.size();
    }

    /** The frame at a place from the oldest, 0, on. To ask for one after the other costs least. */
    public Frame peek(int index) {
        if (gaps == 0) {
            return shared.frame(places[at(index)]);
        }
        if (index < peeked) {
            forgetPeek();
        }
        while (peeked < index || peekedAt < 0) {
            peekedAt++;
            if (peekedAt >= length) {
                throw new IndexOutOfBoundsException(index);
            }
            if (places[at(peekedAt)] != GAP) {
                peeked++;
            }
        }
        return shared.frame(places[at(peekedAt)]);
    }

    private void forgetPeek() {
        peeked = -1;
        peekedAt = -1;
    }

    /** Takes out the oldest frames, which the socket is given. */
    public void remove(int count) {
        begin += count;
        drop(count, true);
    }

    private void drop(int count, boolean handedOver) {
        int left = count;
        while (left > 0) {
            int place = places[head];
            if (place == GAP) {
                gaps--;
            } else {
                left--;
                bytes -= shared.frame(place).size();
                if (handedOver) {
                    shared.handedOver(place);
                }
                if (newest != null) {
                    forget(place);
                }
                shared.release(place);
            }
            head = at(1);
            departed++;
            length--;
        }
        forgetPeek();
        if (size() == 0) {
            reset();
        }
    }

    private void forget(int place) {
        Publication publication = conflated(place);
        if (publication != null) {
            newest.remove(publication.slot(), departed);
        }
    }

    /** Nothing waits. */
    private void reset() {
        length = 0;
        gaps = 0;
        newest = null;
        if (places.length > KEPT_CAPACITY) {
            places = NONE;
            head = 0;
        }
    }

    /** Takes out the publications that are not to be delivered any more; frames of the dialect itself stay. */
    void retain(Predicate<Publication> allowed) {
        for (int i = 0; i < length; i++) {
            int place = places[at(i)];
            Publication publication = place == GAP ? null : shared.publication(place);
            if (publication != null && !allowed.test(publication)) {
                emptied(departed + i);
            }
        }
        if (size() == 0) {
            reset();
        } else if (gaps > 0) {
            closeGaps();
        }
    }

    void clear() {
        drop(size(), false);
        reset();
        places = NONE;
        head = 0;
    }
}
