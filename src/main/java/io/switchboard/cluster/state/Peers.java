package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/** Talks to one replica or another, this one included, about one subject. Stages complete on the loop of the cluster. Any thread. */
final class Peers {
    private static final Logger LOG = Logger.getLogger(Peers.class);

    /** Answers what another replica says, on the loop of the cluster. */
    @FunctionalInterface
    interface Answerer {
        CompletionStage<byte[]> answer(String from, PacketReader packet);
    }

    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final String subject;
    private final Answerer answerer;

    /** Before the cluster is joined. */
    Peers(Membership membership, Wire wire, Loop loop, String subject, Answerer answerer) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.subject = requireNonNull(subject, "subject");
        this.answerer = requireNonNull(answerer, "answerer");
        wire.serve(subject, this::received);
    }

    CompletionStage<byte[]> ask(String replica, byte[] packet, Duration wait) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        if (replica.equals(membership.self())) {
            // not at once: whoever asks is about to do something else first
            loop.execute(() -> complete(answer, received(replica, packet)));
        } else {
            complete(answer, wire.ask(replica, subject, packet, wait));
        }
        return answer;
    }

    private void complete(CompletableFuture<byte[]> answer, CompletionStage<byte[]> stage) {
        CompletionStage<Void> _ = stage.handle((reply, failure) -> {
            loop.execute(() -> {
                boolean _ = failure == null ? answer.complete(reply) : answer.completeExceptionally(failure);
            });
            return null;
        });
    }

    void tell(String replica, byte[] packet) {
        if (replica.equals(membership.self())) {
            loop.execute(() -> {
                CompletionStage<byte[]> _ = received(replica, packet);
            });
        } else {
            wire.tell(replica, subject, packet);
        }
    }

    /** All others, as far as they answer in time. */
    CompletionStage<Wire.Answers> askAll(byte[] packet, Duration wait) {
        return wire.askAll(subject, packet, wait);
    }

    private CompletionStage<byte[]> received(String from, byte[] packet) {
        try {
            return answerer.answer(from, new PacketReader(packet));
        } catch (RuntimeException e) {
            LOG.errorf(Redacted.of(e), "what another replica says is not understood subject=%s", subject);
            return CompletableFuture.failedFuture(e);
        }
    }
}
