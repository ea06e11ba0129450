package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The commands of one connection of which not all pieces have come, bounded in bytes, number and time. Pieces are joined
 * before anything of them is read: what cuts them heeds neither pairs of surrogates nor escapes. Called on the session's loop only.
 */
final class Pieces {
    /** Of one command. */
    static final int MOST_PIECES = 20_000;

    /** What a piece takes beside its characters, about. */
    private static final long PIECE_BYTES = 64;

    /** What came of a piece. */
    sealed interface Result {
        /** All have come. */
        record Complete(Packet packet) implements Result {}

        /** Others are missing. */
        record Incomplete() implements Result {}

        /**
         * The command is given up, and its other pieces are not looked at.
         *
         * @param packet the piece
         * @param status by the table of errors
         */
        record Refused(Packet packet, int status, String message) implements Result {}
    }

    private static final Result INCOMPLETE = new Result.Incomplete();

    private static final class Open {
        private final Packet first;
        private final long sinceNanos;
        private final String[] pieces;
        private int missing;
        private long bytes;

        /** Too much of it came, or what cannot be: its pieces are only counted. */
        private boolean refused;

        private Open(Packet first, long sinceNanos) {
            this.first = first.whole("");
            this.sinceNanos = sinceNanos;
            this.pieces = new String[first.count()];
            this.missing = first.count();
            this.bytes = overhead(first.count());
        }
    }

    private final OpenFlowSettings settings;
    private final LongSupplier nanoTime;
    private final Map<String, Open> open = new LinkedHashMap<>();
    private long bound;
    private long bytes;

    Pieces(OpenFlowSettings settings, LongSupplier nanoTime) {
        this.settings = requireNonNull(settings, "settings");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime");
        this.bound = settings.anonymousBytes();
    }

    /** Somebody has signed in, who may have more. */
    void signedIn() {
        bound = settings.commandBytes();
    }

    /** Commands that are not complete. */
    int size() {
        return open.size();
    }

    /** What they take, about. */
    long bytes() {
        return bytes;
    }

    Result add(Packet packet) {
        forgetStale();
        if (packet.count() < 1
                || packet.count() > MOST_PIECES
                || packet.index() < 0
                || packet.index() >= packet.count()) {
            return new Result.Refused(
                    packet, 400, "send 1 to " + MOST_PIECES + " pieces, with an index from 0 up to below their count");
        }
        Open known = open.get(packet.id());
        if (packet.count() == 1 && known == null) {
            return new Result.Complete(packet);
        }
        if (packet.id().isEmpty()) {
            return new Result.Refused(packet, 400, "send an id with a command in pieces");
        }
        if (known == null) {
            if (settings.openCommands() > 0 && open.size() >= settings.openCommands()) {
                return new Result.Refused(packet, 429, "complete the commands that you have begun first");
            }
            if (bound > 0 && bytes + overhead(packet.count()) > bound) {
                return new Result.Refused(packet, 400, tooMuch());
            }
            known = new Open(packet, nanoTime.getAsLong());
            open.put(packet.id(), known);
            bytes += known.bytes;
        }
        return add(known, packet);
    }

    /** What a command takes of which no piece is kept. */
    private static long overhead(int count) {
        return PIECE_BYTES + (long) count * Long.BYTES;
    }

    private String tooMuch() {
        return "send less: commands that are not complete take at most " + bound + " bytes";
    }

    private Result add(Open known, Packet packet) {
        if (known.refused) {
            // what is to be counted is not known of those that differ
            if (packet.count() == known.pieces.length && known.pieces[packet.index()] == null) {
                known.pieces[packet.index()] = "";
                if (--known.missing == 0) {
                    forget(packet.id());
                }
            }
            return INCOMPLETE;
        }
        if (packet.count() != known.pieces.length) {
            return refuse(known, packet, 400, "send all pieces of a command with the same count");
        }
        if (known.pieces[packet.index()] != null) {
            // the first counts
            return INCOMPLETE;
        }
        long more = PIECE_BYTES + 2L * packet.data().length();
        if (bound > 0 && bytes + more > bound) {
            return refuse(known, packet, 400, tooMuch());
        }
        known.pieces[packet.index()] = packet.data();
        known.bytes += more;
        bytes += more;
        if (--known.missing > 0) {
            return INCOMPLETE;
        }
        forget(packet.id());
        return new Result.Complete(known.first.whole(String.join("", known.pieces)));
    }

    private Result refuse(Open known, Packet packet, int status, String message) {
        known.refused = true;
        long before = known.bytes;
        known.bytes = overhead(known.pieces.length);
        bytes -= before - known.bytes;
        for (int i = 0; i < known.pieces.length; i++) {
            if (known.pieces[i] != null) {
                known.pieces[i] = "";
            }
        }
        if (packet.count() == known.pieces.length && known.pieces[packet.index()] == null) {
            known.pieces[packet.index()] = "";
            known.missing--;
        }
        if (known.missing == 0) {
            forget(packet.id());
        }
        return new Result.Refused(packet, status, message);
    }

    private void forget(String id) {
        Optional.ofNullable(open.remove(id)).ifPresent(known -> bytes -= known.bytes);
    }

    /** Oldest first. */
    private void forgetStale() {
        if (open.isEmpty()) {
            return;
        }
        long now = nanoTime.getAsLong();
        Iterator<Open> each = open.values().iterator();
        while (each.hasNext()) {
            Open known = each.next();
            if (now - known.sinceNanos < settings.openFor().toNanos()) {
                return;
            }
            each.remove();
            bytes -= known.bytes;
        }
    }
}
