package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

/**
 * A message on the wire: a command, or a piece of one.
 *
 * @param id of the command; empty: it has none
 * @param replyTo the id of what it answers; empty: it is a request
 * @param command its name, in lower case
 * @param data of the command, or a piece of it
 * @param count how many pieces there are
 * @param index which one it is, from 0
 */
record Packet(String id, String replyTo, String command, String data, int count, int index) {
    Packet {
        requireNonNull(id, "id");
        requireNonNull(replyTo, "replyTo");
        requireNonNull(command, "command");
        requireNonNull(data, "data");
    }

    boolean isReply() {
        return !replyTo.isEmpty();
    }

    /** The same with all of the data. */
    Packet whole(String allData) {
        return new Packet(id, replyTo, command, allData, 1, 0);
    }

    /** Nothing of what it says. */
    @Override
    public String toString() {
        return "Packet[]";
    }
}
