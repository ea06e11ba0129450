package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Commands on their way to the writer, in their order, bounded until they are carried out. Any thread offers, one takes. */
final class CommandQueue {
    /** Goes to the writer only to wake it. */
    private static final Command<Boolean> WAKE = new Command<>(_ -> Outcome.unchanged(true), 0);

    private final int mostCommands;
    private final long mostBytes;
    private final BlockingQueue<Command<?>> waiting = new LinkedBlockingQueue<>();
    private final AtomicInteger commands = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /** Bounds; 0: none. */
    CommandQueue(int mostCommands, long mostBytes) {
        this.mostCommands = mostCommands == 0 ? Integer.MAX_VALUE : mostCommands;
        this.mostBytes = mostBytes == 0 ? Long.MAX_VALUE : mostBytes;
    }

    /** False: there is no room for it. One that is too large by itself passes alone. */
    boolean offer(Command<?> command) {
        int nowCommands = commands.incrementAndGet();
        long nowBytes = bytes.addAndGet(command.bytes());
        if (nowCommands > mostCommands || (nowBytes > mostBytes && nowCommands > 1)) {
            left(command);
            return false;
        }
        waiting.add(command);
        return true;
    }

    /** Takes a command back that was offered; false: the writer has it. */
    boolean remove(Command<?> command) {
        boolean removed = waiting.remove(requireNonNull(command, "command"));
        if (removed) {
            left(command);
        }
        return removed;
    }

    /** What waits, up to a bound; waits for the first. They keep their places until they have {@link #left}. */
    List<Command<?>> take(int most, long mostBytesOfThem, Duration patience) throws InterruptedException {
        List<Command<?>> taken = new ArrayList<>();
        Command<?> next = waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        long size = 0;
        while (next != null) {
            if (next != WAKE) {
                taken.add(next);
                size += next.bytes();
            }
            next = taken.size() < most && size < mostBytesOfThem ? waiting.poll() : null;
        }
        return taken;
    }

    /** A command is done with, or was not let in. */
    void left(Command<?> command) {
        commands.decrementAndGet();
        bytes.addAndGet(-command.bytes());
    }

    void wake() {
        waiting.add(WAKE);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int commands() {
        return commands.get();
    }

    long bytes() {
        return bytes.get();
    }
}
