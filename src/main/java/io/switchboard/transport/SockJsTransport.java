package io.switchboard.transport;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.sockjs.SockJsText;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Loop;
import io.switchboard.limit.MessageRate;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Opening;
import io.switchboard.session.OutboundQueue;
import io.switchboard.session.Session;
import io.switchboard.session.Timers;
import io.switchboard.session.Transport;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * A SockJS session over plain HTTP: what the server says goes into the response that is open just now, one at a time, and
 * what the client says comes in requests of its own. Nothing waits here: without a response, or while its socket is full,
 * frames stay in the session's queue, with the queue's bound.
 *
 * <p>The session is over when no response has been open for a while, which is how SockJS notices that a client is gone.
 *
 * <p>Called on the loop of the session only, but for {@link #loop}, {@link #beginSend} and {@link #endSend}.
 */
final class SockJsTransport implements Transport, Sweep.Visited {
    private static final Logger LOG = Logger.getLogger(SockJsTransport.class);

    /** Bytes that may wait for the client to read them, and so the size of a poll's response. */
    private static final int CHUNK = 64 * 1024;

    /** A response that was open for so many bytes ends, since browsers keep all of it (sockjs-protocol 0.3.3). */
    private static final int STREAM_BYTES = 128 * 1024;

    /** A response that was open for so many heart-beats ends, so that the client shows that it is still there. */
    private static final int STREAM_BEATS = 4;

    private static final byte[] HEARTBEAT = SockJsText.HEARTBEAT.getBytes(StandardCharsets.UTF_8);
    private static final byte[] ANOTHER = SockJsText.closed(2010, "Another connection still open");
    private static final byte[] INTERRUPTED = SockJsText.closed(1002, "Connection interrupted");

    /** What is told of the end of a session. */
    interface Owner {
        /**
         * It is over.
         *
         * @param lastWord the frame that tells why; empty: the client went away
         */
        void ended(Optional<byte[]> lastWord);
    }

    /** How a request that brought messages is answered. */
    interface Answer {
        void accepted();

        /** There is no such session any more. */
        void unknown();
    }

    private record Sent(String text, int messages, Answer answer) {}

    private final String address;
    private final Loop loop;
    private final Timers timers;
    private final Duration disconnectDelay;
    private final Owner owner;
    private final MessageRate rate;
    private final AtomicBoolean sending = new AtomicBoolean();
    private Session session;

    /** The response that is open; null: there is none. */
    private SockJsReceiver receiver;
    /** The one that the last frame was written to; null: it was not. */
    private SockJsReceiver last;

    private int streamed;
    private int beats;
    private long pendingBytes;

    /** What the session said after its end, and why it ended; null: it has not. */
    private List<byte[]> lastFrames = List.of();

    private byte[] lastWord;
    private boolean ended;

    private boolean held;
    /** What came meanwhile; null: nothing. */
    private Sent waiting;

    private Timers.Timer absence;
    private int absences;
    private final Queue<Runnable> probes = new ArrayDeque<>();

    /**
     * @param address of the client
     * @param disconnectDelay how long no response may be open
     */
    SockJsTransport(
            String address, Loop loop, Timers timers, InboundBounds bounds, Duration disconnectDelay, Owner owner) {
        this.address = requireNonNull(address, "address");
        this.loop = requireNonNull(loop, "loop");
        this.timers = requireNonNull(timers, "timers");
        this.disconnectDelay = requireNonNull(disconnectDelay, "disconnectDelay");
        this.owner = requireNonNull(owner, "owner");
        this.rate = new MessageRate(bounds.framesPerSecond(), bounds.burst(), loop.nanoTime());
    }

    /** The loop of the session. Any thread. */
    Loop loop() {
        return loop;
    }

    /**
     * Opens the session.
     *
     * @param first takes its first frames
     */
    void open(Session opened, Opening opening, SockJsReceiver first) {
        session = requireNonNull(opened, "opened");
        session.open(opening);
        attach(first);
    }

    // What the server says

    /** The client asks for frames. */
    void attach(SockJsReceiver next) {
        heard();
        if (lastWord != null && last == null && !ended) {
            sayLast(next, next.format().begin());
        } else if (lastWord != null || ended) {
            refuse(next, lastWord == null ? INTERRUPTED : lastWord);
        } else if (receiver != null) {
            refuse(next, ANOTHER);
        } else {
            cancelAbsence();
            receiver = next;
            streamed = 0;
            beats = 0;
            if (next.format().streams()) {
                write(next.format().begin());
            }
            session.onWritable();
        }
    }

    private static void refuse(SockJsReceiver next, byte[] frame) {
        Buffer body = next.format().begin();
        next.format().append(body, frame);
        next.end(body, () -> {});
    }

    /** The connection of a response has ended before the response did. */
    @SuppressWarnings("ReferenceEquality") // the very same response
    void lost(SockJsReceiver gone) {
        if (receiver == gone) {
            receiver = null;
            awaitReturn();
        }
    }

    @Override
    public void write(OutboundQueue queue) {
        if (!session.isOpen()) {
            keepLast(queue);
            return;
        }
        while (receiver != null && !queue.isEmpty() && hasRoom()) {
            Buffer chunk = Buffer.buffer();
            int count = 0;
            do {
                append(chunk, queue.peek(count));
                count++;
            } while (count < queue.size() && chunk.length() + queue.peek(count).size() <= CHUNK);
            // Taken out first: a write that fails may end the session, which looks at the queue.
            queue.remove(count);
            write(chunk);
        }
    }

    private void append(Buffer chunk, Frame frame) {
        for (byte[] content : frame.contents()) {
            receiver.format().append(chunk, content);
        }
    }

    /** What is said when a session ends is few and small, and a poll that it can go into may be on its way. */
    private void keepLast(OutboundQueue queue) {
        List<byte[]> frames = new ArrayList<>(lastFrames);
        for (int i = 0; i < queue.size(); i++) {
            frames.addAll(queue.peek(i).contents());
        }
        queue.remove(queue.size());
        lastFrames = frames;
    }

    private boolean hasRoom() {
        return pendingBytes < CHUNK;
    }

    private void write(Buffer chunk) {
        streamed += chunk.length();
        if (receiver.format().streams() && streamed < STREAM_BYTES) {
            receiver.write(chunk, pending(chunk.length()));
        } else {
            end(chunk);
        }
    }

    /** Ends the response; the client comes again. */
    private void end(Buffer chunk) {
        SockJsReceiver full = receiver;
        receiver = null;
        full.end(chunk, pending(chunk.length()));
    }

    private Runnable pending(int bytes) {
        pendingBytes += bytes;
        return () -> loop.execute(() -> written(bytes));
    }

    private void written(int bytes) {
        boolean full = !hasRoom();
        pendingBytes -= bytes;
        if (pendingBytes == 0 || (full && hasRoom())) {
            session.onWritable();
        }
        awaitReturn();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    /** A heart-beat is due. */
    @Override
    public void visit() {
        if (receiver == null || !session.isOpen()) {
            return;
        }
        beats++;
        if (receiver.format().streams() && beats >= STREAM_BEATS) {
            end(Buffer.buffer());
        } else if (hasRoom()) {
            beat();
        }
    }

    private void beat() {
        Buffer beat = Buffer.buffer();
        receiver.format().append(beat, HEARTBEAT);
        write(beat);
    }

    @Override
    public void probe(Runnable heard) {
        probes.add(heard);
        if (receiver == null) {
            return;
        }
        if (receiver.format().streams()) {
            end(Buffer.buffer());
        } else {
            beat();
        }
    }

    private void heard() {
        for (Runnable probe = probes.poll(); probe != null; probe = probes.poll()) {
            probe.run();
        }
    }

    // What the client says

    /** Whether a request that brings messages may be read: one at a time, as clients send them. Any thread. */
    boolean beginSend() {
        return sending.compareAndSet(false, true);
    }

    /** It is answered, or will not be. Any thread. */
    void endSend() {
        sending.set(false);
    }

    /**
     * A request brought messages.
     *
     * @param text an array of them
     * @param messages how many they are
     */
    void receive(String text, int messages, Answer answer) {
        heard();
        if (held) {
            waiting = new Sent(text, messages, answer);
        } else {
            take(text, messages, answer);
        }
    }

    private void take(String text, int messages, Answer answer) {
        if (!session.isOpen()) {
            answer.unknown();
            return;
        }
        long now = loop.nanoTime();
        for (int i = 0; i < messages; i++) {
            rate.count(now);
        }
        try {
            session.onText(text);
        } catch (RuntimeException e) {
            LOG.error("message not handled", Redacted.of(e));
            session.close(CloseCode.INTERNAL, CloseCode.INTERNAL.reason());
        }
        long pause = rate.pauseNanos(now);
        if (pause > 0) {
            // who sends too much waits for the answer, and sends nothing meanwhile
            loop.schedule(answer::accepted, pause);
        } else {
            answer.accepted();
        }
    }

    @Override
    public void hold(boolean now) {
        held = now;
        if (!held && waiting != null) {
            // behind what the session itself has kept meanwhile
            loop.execute(this::takeWaiting);
        }
    }

    private void takeWaiting() {
        if (!held && waiting != null) {
            Sent sent = waiting;
            waiting = null;
            take(sent.text(), sent.messages(), sent.answer());
        }
    }

    @Override
    public String address() {
        return address;
    }

    // The end

    /** Begins to wait for the client to ask again, when it has what was sent. */
    private void awaitReturn() {
        if (receiver == null && pendingBytes == 0 && absence == null && !ended) {
            int number = ++absences;
            absence = timers.schedule(disconnectDelay, () -> loop.execute(() -> checkReturn(number)));
        }
    }

    private void cancelAbsence() {
        if (absence != null) {
            absence.cancel();
            absence = null;
        }
    }

    private void checkReturn(int number) {
        if (absence != null && absences == number) {
            end();
        }
    }

    @Override
    public void close(CloseCode code) {
        lastWord = SockJsText.closed(code.code(), code.reason());
        if (receiver != null) {
            SockJsReceiver open = receiver;
            receiver = null;
            sayLast(open, Buffer.buffer());
        }
    }

    private void sayLast(SockJsReceiver open, Buffer body) {
        last = open;
        for (byte[] frame : lastFrames) {
            open.format().append(body, frame);
        }
        open.format().append(body, lastWord);
        open.end(body, () -> loop.execute(this::end));
    }

    @Override
    public void abort() {
        if (receiver != null) {
            receiver.abort();
        }
        if (last != null) {
            last.abort();
        }
        end();
    }

    private void end() {
        if (ended) {
            return;
        }
        ended = true;
        receiver = null;
        cancelAbsence();
        // which also lets go of what waits
        session.onClosed();
        owner.ended(Optional.ofNullable(lastWord));
    }
}
