package io.switchboard.ingress;

import io.switchboard.event.Audience;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.MessageFamily;
import io.switchboard.hub.Content;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.Position;
import io.switchboard.trace.Arrival;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Hands bytes to those who are there at once: they have no place in the log. Any thread. */
@Singleton
public final class BinaryMessages {
    private final EventLog<Arrival> log;
    private final MessageFamily messages;
    private final Hub hub;
    private final Clock clock;

    BinaryMessages(EventLog<Arrival> log, MessageFamily messages, Hub hub, Clock clock) {
        this.log = log;
        this.messages = messages;
        this.hub = hub;
        this.clock = clock;
    }

    /** Hands them over in this process; completes with the number of sessions. */
    public CompletionStage<Integer> hand(Topic topic, Content.Binary content) {
        Publication publication = messages.publication(
                new Position(log.epoch(), 0, clock.millis()),
                new MessageEvent(new Audience.Subscribers(topic), content, Optional.empty(), false, Optional.empty()));
        AtomicInteger recipients = new AtomicInteger();
        CompletableFuture<Integer> count = new CompletableFuture<>();
        hub.post(
                hub.shardsOf(topic),
                shard -> recipients.addAndGet(shard.publish(publication)),
                () -> count.complete(recipients.get()));
        return count;
    }
}
