package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Ledger;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import java.util.Arrays;
import java.util.List;

/**
 * The frames that sessions of one event loop wait to write, each in a numbered place, counted by the queues that name it.
 * Queues hold numbers: storing one costs no more than that, while a reference from a session, which is old, to a frame,
 * which is new, costs the collector's barrier for each receiver. Called on its loop only.
 */
final class SharedFrames {
    private static final int FIRST_CAPACITY = 64;
    private static final List<Topic.Kind> KINDS = List.of(Topic.Kind.values());

    private Frame[] frames = new Frame[FIRST_CAPACITY];
    private Publication[] publications = new Publication[FIRST_CAPACITY];
    private int[] holders = new int[FIRST_CAPACITY];
    /** How many queues have ever named the place, */
    private int[] held = new int[FIRST_CAPACITY];
    /** and what became of it there. */
    private int[] written = new int[FIRST_CAPACITY];

    private int[] replaced = new int[FIRST_CAPACITY];
    /** The kind of the publication's topic and one more; 0: of no publication. */
    private byte[] kinds = new byte[FIRST_CAPACITY];

    private final int[] handedOver = new int[KINDS.size() + 1];
    private int[] free = new int[FIRST_CAPACITY];
    private int freeCount;
    private int used;

    // the publication that is being offered at the moment, most likely to the next session too
    private Publication offered;
    private Renderer offeredTo;
    private int offeredPlace;

    private final Ledger ledger;

    SharedFrames(Ledger ledger) {
        this.ledger = requireNonNull(ledger, "ledger");
    }

    /** The place of what a publication looks like to a renderer, for {@link OutboundQueue#add}. */
    @SuppressWarnings("ReferenceEquality") // the very same renderer
    int place(Publication publication, Renderer renderer) {
        if (publication != offered || renderer != offeredTo) {
            settle();
            offeredPlace = take(publication.frame(renderer), publication);
            holders[offeredPlace] = 1;
            offered = publication;
            offeredTo = renderer;
        }
        return offeredPlace;
    }

    /** Lets go of the publication that was offered last; to be called when the loop has nothing more to offer for now. */
    void settle() {
        if (offered != null) {
            offered = null;
            offeredTo = null;
            release(offeredPlace);
        }
    }

    /** The place of a frame that belongs to no publication, for one queue. */
    int place(Frame frame) {
        return take(frame, null);
    }

    private int take(Frame frame, Publication publication) {
        int place;
        if (freeCount > 0) {
            place = free[--freeCount];
        } else {
            if (used == frames.length) {
                int capacity = 2 * used;
                frames = Arrays.copyOf(frames, capacity);
                publications = Arrays.copyOf(publications, capacity);
                holders = Arrays.copyOf(holders, capacity);
                held = Arrays.copyOf(held, capacity);
                written = Arrays.copyOf(written, capacity);
                replaced = Arrays.copyOf(replaced, capacity);
                kinds = Arrays.copyOf(kinds, capacity);
                free = Arrays.copyOf(free, capacity);
            }
            place = used++;
        }
        frames[place] = frame;
        publications[place] = publication;
        kinds[place] = (byte)
                (publication == null ? 0 : KINDS.indexOf(publication.topic().kind()) + 1);
        return place;
    }

    Frame frame(int place) {
        return frames[place];
    }

    /** The publication of a frame; null where it belongs to none. */
    Publication publication(int place) {
        return publications[place];
    }

    void hold(int place) {
        holders[place]++;
        held[place]++;
    }

    /** A socket was given the frame. */
    void handedOver(int place) {
        handedOver[kinds[place]]++;
        written[place]++;
    }

    /** A newer frame took its place in a queue. */
    void replaced(int place) {
        replaced[place]++;
    }

    /** Tells how many publications were handed over since it was last told. */
    void report(SessionListener listener) {
        for (int i = 1; i < handedOver.length; i++) {
            if (handedOver[i] > 0) {
                listener.delivered(KINDS.get(i - 1), handedOver[i]);
                handedOver[i] = 0;
            }
        }
    }

    void release(int place) {
        if (--holders[place] == 0) {
            if (held[place] > 0 && publications[place] != null) {
                ledger.settled(
                        publications[place].position(),
                        written[place],
                        replaced[place],
                        held[place] - written[place] - replaced[place]);
            }
            held[place] = 0;
            written[place] = 0;
            replaced[place] = 0;
            frames[place] = null;
            publications[place] = null;
            free[freeCount++] = place;
        }
    }

    /** Places in use, for tests that look for leaks. */
    int size() {
        return used - freeCount;
    }
}
