package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** Questions to whoever subscribed to a subject, wherever that is: NATS. Any thread. */
public interface RequestBus {
    /**
     * What came back.
     *
     * @param headers of several of a name the first; in the spelling of the one who answered
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(Map<String, String> headers, byte[] body) {
        public Answer {
            headers = Map.copyOf(headers);
            requireNonNull(body, "body");
        }

        /** Neither the headers nor the body. */
        @Override
        public String toString() {
            return "Answer[bytes=" + body.length + "]";
        }
    }

    /**
     * Asks one of those who subscribed, and blocks for the first answer; an interrupt ends the wait.
     *
     * @param subject without wildcards
     * @param headers of printable ASCII
     * @throws NoResponderException nobody has subscribed
     * @throws TimeoutException no answer in time
     * @throws IOException there is no connection; nobody was asked
     */
    Answer request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, InterruptedException, NoResponderException, TimeoutException;

    /** Whether there is one at all; otherwise nobody is to be asked. */
    default boolean configured() {
        return true;
    }

    /** Of headers and body together, in bytes, as the server says; more is not sent. */
    long maxPayload();
}
