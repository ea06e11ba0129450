package io.switchboard.mailbox;

import java.util.ArrayDeque;
import java.util.Queue;

/** Lets so many in at a time; the others wait in their order. Any thread, never blocks for long. */
final class Turnstile {
    private final int places;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int taken;

    Turnstile(int places) {
        this.places = places;
    }

    /** Runs the task now, or on the thread of somebody who leaves; to be followed by one {@link #leave}. */
    void enter(Runnable task) {
        synchronized (waiting) {
            if (taken == places) {
                waiting.add(task);
                return;
            }
            taken++;
        }
        task.run();
    }

    void leave() {
        Runnable next;
        synchronized (waiting) {
            next = waiting.poll();
            if (next == null) {
                taken--;
                return;
            }
        }
        next.run();
    }
}
