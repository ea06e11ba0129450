package io.switchboard.dialect.stomp;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a client may send (STOMP 1.2, Augmented BNF: client-command). */
enum ClientCommand {
    CONNECT,
    STOMP,
    SEND,
    SUBSCRIBE,
    UNSUBSCRIBE,
    ACK,
    NACK,
    BEGIN,
    COMMIT,
    ABORT,
    DISCONNECT;

    /** Bytes of a command at most. */
    static final int LONGEST = Arrays.stream(values())
            .mapToInt(command -> command.name().length())
            .max()
            .orElseThrow();

    private static final String ALL = Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));

    static ClientCommand of(String text) throws BadFrameException {
        for (ClientCommand command : values()) {
            if (command.name().equals(text)) {
                return command;
            }
        }
        throw unknown();
    }

    static BadFrameException unknown() {
        return new BadFrameException("begin a frame with one of the commands " + ALL);
    }

    /** STOMP 1.2, Body. */
    boolean mayHaveBody() {
        return this == SEND;
    }
}
