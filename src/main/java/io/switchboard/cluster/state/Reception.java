package io.switchboard.cluster.state;

import io.switchboard.cluster.Wire;
import io.switchboard.failure.Redacted;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/** Hears other replicas. What is not understood is refused, and logged without what it says. */
record Reception(String subject, Body body) implements Wire.Answerer {
    private static final Logger LOG = Logger.getLogger(Reception.class);

    /** Nothing to say. */
    static final byte[] NOTHING = {};

    /** What is done with what was heard. */
    @FunctionalInterface
    interface Body {
        CompletionStage<byte[]> answer(String from, Unpacker message);
    }

    static CompletionStage<byte[]> nothing() {
        return CompletableFuture.completedFuture(NOTHING);
    }

    /** Has it answer what has the subject. */
    static void at(Wire wire, String subject, Body body) {
        wire.serve(subject, new Reception(subject, body));
    }

    @Override
    public CompletionStage<byte[]> answer(String from, byte[] question) {
        try {
            return body.answer(from, new Unpacker(question));
        } catch (RuntimeException e) {
            LOG.errorf(Redacted.of(e), "message of another replica not understood subject=%s", subject);
            return CompletableFuture.failedFuture(e);
        }
    }
}
