package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.HeartBeat;
import io.switchboard.hub.Frame;
import java.time.Duration;

/** Sends heart-beats to one client as it was agreed, and notices when none come from it. Called on the session's loop only. */
final class HeartBeats {
    /** How often what was agreed may pass without a word, since networks are slow (STOMP 1.2, Heart-beating). */
    private static final int TOLERANCE = 2;

    /** What heart-beats need of their session. */
    interface Host {
        void send(Frame beat);

        /** Nothing came from the client for too long. */
        void silent();

        /** Does something later, unless the session is over by then. */
        void after(Duration delay, Runnable task);

        long nanoTime();
    }

    private final HeartBeat agreed;
    private final Host host;
    private long heardNanos;

    HeartBeats(HeartBeat agreed, Host host) {
        this.agreed = requireNonNull(agreed, "agreed");
        this.host = requireNonNull(host, "host");
    }

    void begin() {
        heard();
        if (!agreed.every().isZero()) {
            host.after(agreed.every(), this::beat);
        }
        if (!agreed.within().isZero()) {
            host.after(agreed.within(), this::listen);
        }
    }

    /** Something came from the client. */
    void heard() {
        heardNanos = host.nanoTime();
    }

    private void beat() {
        host.send(agreed.frame());
        host.after(agreed.every(), this::beat);
    }

    private void listen() {
        if (host.nanoTime() - heardNanos > TOLERANCE * agreed.within().toNanos()) {
            host.silent();
        } else {
            host.after(agreed.within(), this::listen);
        }
    }
}
