package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Calls on everything that it holds once an interval, a part of it at a time, so that the work is spread: one timer for an
 * event loop however many connections it has, and none while there is nothing to call on. Called on its loop only.
 */
final class Sweep {
    /** What is called on. */
    interface Visited {
        /** An interval is over. */
        void visit();
    }

    /** Where something stands in a sweep. */
    static final class Place {
        private final Visited visited;
        private final List<Place> part;
        private int index;

        private Place(Visited visited, List<Place> part) {
            this.visited = visited;
            this.part = part;
            this.index = part.size();
        }
    }

    private static final int PARTS = 16;
    private static final int GONE = -1;

    private final Loop loop;
    private final long stepNanos;
    private final List<List<Place>> parts = new ArrayList<>(PARTS);
    private int nextToFill;
    private int nextToVisit;
    private int size;
    private boolean scheduled;

    /** @param interval zero: nothing is ever called on */
    Sweep(Loop loop, Duration interval) {
        this.loop = requireNonNull(loop, "loop");
        this.stepNanos = interval.toNanos() / PARTS;
        for (int i = 0; i < PARTS; i++) {
            parts.add(new ArrayList<>());
        }
    }

    /** From now on it is called on, for the first time within an interval. */
    Place add(Visited visited) {
        List<Place> part = parts.get(nextToFill);
        nextToFill = (nextToFill + 1) % PARTS;
        Place place = new Place(visited, part);
        part.add(place);
        size++;
        schedule();
        return place;
    }

    /** It is not called on any more; may be said twice, and while it is being called on. */
    void remove(Place place) {
        if (place.index == GONE) {
            return;
        }
        Place last = place.part.removeLast();
        if (last != place) {
            place.part.set(place.index, last);
            last.index = place.index;
        }
        place.index = GONE;
        size--;
    }

    int size() {
        return size;
    }

    private void schedule() {
        if (!scheduled && size > 0 && stepNanos > 0) {
            scheduled = true;
            loop.schedule(this::step, stepNanos);
        }
    }

    private void step() {
        scheduled = false;
        List<Place> part = parts.get(nextToVisit);
        nextToVisit = (nextToVisit + 1) % PARTS;
        // backwards: what takes the place of one that is removed meanwhile was called on already
        for (int i = part.size() - 1; i >= 0; i--) {
            if (i < part.size()) {
                part.get(i).visited.visit();
            }
        }
        schedule();
    }
}
