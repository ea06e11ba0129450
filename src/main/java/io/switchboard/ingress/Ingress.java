package io.switchboard.ingress;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.ingress.IdempotencyWindow.Answer;
import io.switchboard.log.EventLog;
import io.switchboard.log.LogFullException;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Tracing;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Where all ways in meet: gives validated events to the log, each once. Any thread, never blocks. */
@Singleton
final class Ingress {
    private final EventLog<Arrival> log;
    private final IdempotencyWindow window;
    private final GatewayMetrics metrics;
    private final Tracing tracing;

    Ingress(EventLog<Arrival> log, IdempotencyWindow window, GatewayMetrics metrics, Tracing tracing) {
        this.log = log;
        this.window = window;
        this.metrics = metrics;
        this.tracing = tracing;
    }

    /**
     * Publishes the events, all or none of those that were not published before.
     *
     * @param publisher who publishes
     * @return the ids in the order of the events, once they have their place in the log; or a failure with
     *     {@link LogFullException}
     */
    CompletionStage<List<String>> publish(String publisher, EventTopic topic, List<Envelope> envelopes) {
        List<CompletableFuture<List<String>>> answers = new ArrayList<>(envelopes.size());
        List<Event> fresh = new ArrayList<>(envelopes.size());
        List<SpanContext> callers = new ArrayList<>(envelopes.size());
        List<CompletableFuture<List<String>>> freshAnswers = new ArrayList<>(envelopes.size());
        for (Envelope envelope : envelopes) {
            CompletableFuture<List<String>> answer = new CompletableFuture<>();
            Optional<Answer> before = envelope.key()
                    .flatMap(key -> window.claim(
                            new IdempotencyKey(publisher, topic.address(), IdempotencyKey.Kind.CLOUD_EVENT, key),
                            new Answer("", answer)));
            if (before.isPresent()) {
                answers.add(before.get().ids());
            } else {
                answers.add(answer);
                freshAnswers.add(answer);
                fresh.add(envelope.event());
                callers.add(envelope.caller());
            }
        }
        Tracing.Append append = tracing.append(topic, fresh, callers);
        log.append(append.arrivals()).whenComplete((positions, failure) -> {
            append.placed(failure == null);
            if (failure == null) {
                metrics.accepted(topic.address(), fresh.size());
            }
            for (int i = 0; i < freshAnswers.size(); i++) {
                if (failure == null) {
                    freshAnswers.get(i).complete(List.of(positions.get(i).id()));
                } else {
                    freshAnswers.get(i).completeExceptionally(failure);
                }
            }
        });
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(_ -> answers.stream()
                        .flatMap(answer -> answer.join().stream())
                        .toList());
    }

    /**
     * The same under a key for the whole request.
     *
     * @param key as the publisher chose it
     * @param digest of the request, so that the same key with other events is noticed
     * @return also a failure with {@link KeyReusedException}
     */
    CompletionStage<List<String>> publish(
            String publisher, EventTopic topic, List<Envelope> envelopes, String key, String digest) {
        Answer answer = new Answer(digest, new CompletableFuture<>());
        Optional<Answer> before =
                window.claim(new IdempotencyKey(publisher, topic.address(), IdempotencyKey.Kind.REQUEST, key), answer);
        if (before.isPresent()) {
            return before.get().digest().equals(digest)
                    ? before.get().ids()
                    : CompletableFuture.failedFuture(new KeyReusedException());
        }
        publish(publisher, topic, envelopes).whenComplete((ids, failure) -> {
            if (failure == null) {
                answer.ids().complete(ids);
            } else {
                answer.ids().completeExceptionally(failure);
            }
        });
        return answer.ids();
    }

    /** The key was used for other events. */
    static final class KeyReusedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        KeyReusedException() {
            super("the Idempotency-Key was used for other events; use a new key for new events", null, false, false);
        }
    }
}
