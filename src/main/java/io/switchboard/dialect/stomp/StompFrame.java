package io.switchboard.dialect.stomp;

import java.util.Collections;
import java.util.Optional;
import java.util.SequencedMap;

/** A frame as a client has sent it, its headers unescaped. */
final class StompFrame {
    private final ClientCommand command;
    private final SequencedMap<String, String> headers;
    private final byte[] body;

    /** Keeps what it is given: neither the headers nor the body change any more. */
    StompFrame(ClientCommand command, SequencedMap<String, String> headers, byte[] body) {
        this.command = command;
        this.headers = Collections.unmodifiableSequencedMap(headers);
        this.body = body;
    }

    ClientCommand command() {
        return command;
    }

    /** Of repeated headers the first (STOMP 1.2, Repeated Header Entries). */
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** In the order in which they came; of repeated ones the first. */
    SequencedMap<String, String> headers() {
        return headers;
    }

    /** Not a copy, so nobody writes to it. */
    byte[] body() {
        return body;
    }

    /** The command alone: tokens are among the headers, and the body is not ours to tell. */
    @Override
    public String toString() {
        return command.name();
    }
}
