package io.switchboard.session;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import java.util.Arrays;
import java.util.function.Predicate;

/**
 * Frames that wait for a session's socket, oldest first, as references: a frame that a thousand sessions wait for exists
 * once. What came from a publication can still be taken out again, when the claims that allowed it are gone.
 */
public final class OutboundQueue {
    private static final Frame[] NO_FRAMES = {};
    private static final Publication[] NO_PUBLICATIONS = {};
    private static final int FIRST_CAPACITY = 8;
    /** A queue that once was larger gives its arrays back when it is empty. */
    private static final int KEPT_CAPACITY = 64;

    private Frame[] frames = NO_FRAMES;
    private Publication[] publications = NO_PUBLICATIONS;
    private int head;
    private int size;
    private long bytes;

    void add(Frame frame, Publication publication) {
        if (size == frames.length) {
            grow();
        }
        int at = (head + size) & (frames.length - 1);
        frames[at] = frame;
        publications[at] = publication;
        size++;
        bytes += frame.size();
    }

    void addControl(Frame frame) {
        add(frame, null);
    }

    private void grow() {
        int capacity = Math.max(FIRST_CAPACITY, 2 * size);
        Frame[] grownFrames = new Frame[capacity];
        Publication[] grownPublications = new Publication[capacity];
        for (int i = 0; i < size; i++) {
            int from = (head + i) & (frames.length - 1);
            grownFrames[i] = frames[from];
            grownPublications[i] = publications[from];
        }
        frames = grownFrames;
        publications = grownPublications;
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

    /** The frame at a place from the oldest, 0, on. */
    public Frame peek(int place) {
        return frames[(head + place) & (frames.length - 1)];
    }

    /** Takes out the oldest frames. */
    public void remove(int count) {
        for (int i = 0; i < count; i++) {
            bytes -= frames[head].size();
            frames[head] = null;
            publications[head] = null;
            head = (head + 1) & (frames.length - 1);
        }
        size -= count;
        if (size == 0 && frames.length > KEPT_CAPACITY) {
            frames = NO_FRAMES;
            publications = NO_PUBLICATIONS;
            head = 0;
        }
    }

    /** Takes out the publications that are not to be delivered any more; frames of the dialect itself stay. */
    void retain(Predicate<Publication> allowed) {
        int kept = 0;
        long keptBytes = 0;
        for (int i = 0; i < size; i++) {
            int from = (head + i) & (frames.length - 1);
            Publication publication = publications[from];
            if (publication == null || allowed.test(publication)) {
                int to = (head + kept) & (frames.length - 1);
                frames[to] = frames[from];
                publications[to] = publication;
                kept++;
                keptBytes += frames[to].size();
            }
        }
        for (int i = kept; i < size; i++) {
            int at = (head + i) & (frames.length - 1);
            frames[at] = null;
            publications[at] = null;
        }
        size = kept;
        bytes = keptBytes;
    }

    void clear() {
        Arrays.fill(frames, null);
        Arrays.fill(publications, null);
        frames = NO_FRAMES;
        publications = NO_PUBLICATIONS;
        head = 0;
        size = 0;
        bytes = 0;
    }
}
