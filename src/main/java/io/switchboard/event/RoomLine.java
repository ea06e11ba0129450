package io.switchboard.event;

import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomChange;
import io.switchboard.log.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** Where one room is: the last number that left, what is held, and which numbers were settled without the log. One thread. */
final class RoomLine {
    /** Runs of numbers that are remembered; more fall into oblivion, the lowest first. */
    private static final int MOST_SETTLED = 64;

    /**
     * An event of the room.
     *
     * @param sinceNanos when it came
     */
    record Held(Position position, RoomChange change, Runnable delivered, long sinceNanos) {
        /** The number that must have left before; 0: none. */
        long needs() {
            return switch (change) {
                case RoomChange.Said said -> said.message().seq() - 1;
                case RoomChange.Edited edited -> edited.message().seq();
                case RoomChange.Unsaid unsaid -> unsaid.message().seq();
                case RoomChange.Gathered _, RoomChange.Described _, RoomChange.Closed _ -> 0;
            };
        }
    }

    /**
     * A message on the way to a number.
     *
     * @param held whether it was held; otherwise it was read
     */
    record Step(Held one, boolean held) {}

    private final Deque<Held> held = new ArrayDeque<>();
    /** From the first of a run to its last. */
    private final NavigableMap<Long, Long> settled = new TreeMap<>();

    private long last;
    /** Another one each time that the room begins or ends to wait. */
    long turn;

    /** @param last the number of the first message that was seen */
    RoomLine(long last) {
        this.last = last;
    }

    /** The highest number that left, or that nobody waits for any more. */
    long last() {
        return last;
    }

    /** What has been held for longest; null: nothing is. */
    Held first() {
        return held.peekFirst();
    }

    void hold(Held one) {
        held.add(one);
    }

    /** Whether it is the turn of one that just came. Messages overtake what is held, nothing else does. */
    boolean mayPass(Held one) {
        return one.needs() <= last && (held.isEmpty() || one.change() instanceof RoomChange.Said);
    }

    /** Takes out the next of what is held; null: none may go. */
    Held next() {
        Iterator<Held> all = held.iterator();
        for (boolean first = true; all.hasNext(); first = false) {
            Held one = all.next();
            if (one.needs() <= last && (first || one.change() instanceof RoomChange.Said)) {
                all.remove();
                return one;
            }
        }
        return null;
    }

    /** It is on its way; false: it was there already, from the store. */
    boolean leaves(Held one) {
        if (!(one.change() instanceof RoomChange.Said said)) {
            return true;
        }
        long seq = said.message().seq();
        if (seq > last) {
            last = seq;
            return true;
        }
        return !unsettle(seq);
    }

    /**
     * Nobody waits any longer for what one needs: what is held of that is taken out, the rest is settled. Whoever has let all of it
     * leave says {@link #arrive}.
     *
     * @param messages from the store, which has no others behind that number
     * @param behind numbers above are settled, whether there is a message or not
     * @return all that leaves before that one, in order
     */
    List<Step> catchUp(Held one, List<Message> messages, long behind) {
        NavigableMap<Long, Step> steps = new TreeMap<>();
        Room room = one.change().room();
        for (Message message : messages) {
            Held read = new Held(one.position(), new RoomChange.Said(room, message), () -> {}, one.sinceNanos());
            steps.put(message.seq(), new Step(read, false));
        }
        for (Held each : held) {
            if (each.change() instanceof RoomChange.Said said) {
                steps.put(said.message().seq(), new Step(each, true));
            }
        }
        List<Step> leaving = new ArrayList<>();
        long from = Math.max(last, behind) + 1;
        for (Map.Entry<Long, Step> entry :
                steps.subMap(last, false, Math.max(last, one.needs()), true).entrySet()) {
            Step step = entry.getValue();
            leaving.add(step);
            if (step.held()) {
                boolean _ = held.remove(step.one());
                settle(from, entry.getKey() - 1);
                from = Math.max(from, entry.getKey() + 1);
            }
        }
        settle(from, one.needs());
        return leaving;
    }

    /** Whatever comes behind this number is not behind a gap. */
    void arrive(long number) {
        last = Math.max(last, number);
    }

    private void settle(long from, long to) {
        if (from > to) {
            return;
        }
        Map.Entry<Long, Long> before = settled.floorEntry(from - 1);
        boolean goesOn = before != null && before.getValue() == from - 1;
        settled.put(goesOn ? before.getKey() : from, to);
        if (settled.size() > MOST_SETTLED) {
            settled.pollFirstEntry();
        }
    }

    /** Whether the number was settled; from now on it is not. */
    private boolean unsettle(long number) {
        Map.Entry<Long, Long> run = settled.floorEntry(number);
        if (run == null || run.getValue() < number) {
            return false;
        }
        settled.remove(run.getKey());
        settle(run.getKey(), number - 1);
        settle(number + 1, run.getValue());
        return true;
    }
}
