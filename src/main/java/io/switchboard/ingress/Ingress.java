package io.switchboard.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.ServiceWord;
import io.switchboard.chat.UnknownRoomException;
import io.switchboard.event.Event;
import io.switchboard.event.EventTopic;
import io.switchboard.event.OperationRequest;
import io.switchboard.event.RoomRequest;
import io.switchboard.failure.StoreException;
import io.switchboard.ingress.IdempotencyWindow.Answer;
import io.switchboard.log.EventLog;
import io.switchboard.log.LogException;
import io.switchboard.log.Position;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Tracing;
import io.switchboard.webflow.AuthNews;
import io.switchboard.webflow.Registrations;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;

/** Where all ways in meet: gives validated events to the log, each once. Any thread, never blocks. */
@Singleton
final class Ingress {
    private final EventLog<Arrival> log;
    private final ChatRooms rooms;
    private final IdempotencyWindow window;
    private final GatewayMetrics metrics;
    private final Tracing tracing;
    private final Registrations registrations;

    Ingress(
            EventLog<Arrival> log,
            ChatRooms rooms,
            Registrations registrations,
            IdempotencyWindow window,
            GatewayMetrics metrics,
            Tracing tracing) {
        this.log = log;
        this.rooms = rooms;
        this.registrations = registrations;
        this.window = window;
        this.metrics = metrics;
        this.tracing = tracing;
    }

    /**
     * Publishes the events, all or none of those that were not published before.
     *
     * @param publisher who publishes
     * @return the ids in the order of the events, once they have their place in the log; or a failure with
     *     {@link LogException}, {@link StoreException} or {@link UnknownRoomException}
     */
    CompletionStage<List<String>> publish(String publisher, EventTopic topic, List<Envelope> envelopes) {
        for (Envelope envelope : envelopes) {
            if (envelope.key().isPresent()) {
                return new Batch(publisher, topic, withRetryKeys(publisher, topic, envelopes)).claimFrom(0);
            }
        }
        return append(topic, envelopes);
    }

    private static List<Envelope> withRetryKeys(String publisher, EventTopic topic, List<Envelope> envelopes) {
        return envelopes.stream()
                .map(envelope -> envelope.key()
                        .map(key -> envelope.withRetryKey(retryKey("event", publisher, topic, key)))
                        .orElse(envelope))
                .toList();
    }

    /** Of all that makes the key the publisher's own, so that nobody can take another's. */
    private static String retryKey(String kind, String publisher, EventTopic topic, String... more) {
        List<byte[]> parts = new ArrayList<>(List.of(
                kind.getBytes(UTF_8), publisher.getBytes(UTF_8), topic.address().getBytes(UTF_8)));
        for (String one : more) {
            parts.add(one.getBytes(UTF_8));
        }
        return Once.digest(parts.toArray(byte[][]::new));
    }

    private CompletionStage<List<String>> append(EventTopic topic, List<Envelope> fresh) {
        if (topic == EventTopic.CHAT) {
            return say(fresh);
        }
        if (topic == EventTopic.AUTH) {
            return tell(fresh);
        }
        List<Event> events = new ArrayList<>(fresh.size());
        List<Optional<String>> keys = new ArrayList<>(fresh.size());
        List<SpanContext> callers = new ArrayList<>(fresh.size());
        for (Envelope envelope : fresh) {
            events.add(envelope.event());
            keys.add(envelope.retryKey());
            callers.add(envelope.caller());
        }
        Tracing.Append append = tracing.append(topic, events, keys, callers);
        return log.append(append.arrivals())
                .whenComplete((_, failure) -> {
                    append.placed(failure == null);
                    if (failure == null) {
                        metrics.accepted(topic.address(), events.size());
                    }
                })
                .thenApply(positions -> {
                    List<String> ids = new ArrayList<>(positions.size());
                    for (Position position : positions) {
                        ids.add(position.id());
                    }
                    return ids;
                });
    }

    /** What is said in rooms is kept before it has its place. */
    private CompletionStage<List<String>> say(List<Envelope> fresh) {
        List<ServiceWord> words = new ArrayList<>(fresh.size());
        for (Envelope envelope : fresh) {
            if (envelope.event() instanceof RoomRequest request) {
                words.add(request.word());
            }
        }
        return rooms.publish(words).whenComplete((_, failure) -> {
            if (failure == null) {
                metrics.accepted(EventTopic.CHAT.address(), words.size());
            }
        });
    }

    /** What became of an operation is for whoever waits for it, and in no log. */
    private CompletionStage<List<String>> tell(List<Envelope> fresh) {
        List<String> ids = new ArrayList<>(fresh.size());
        List<CompletableFuture<Void>> kept = new ArrayList<>(fresh.size());
        for (Envelope envelope : fresh) {
            if (envelope.event() instanceof OperationRequest request) {
                kept.add(
                        switch (request.news()) {
                            case AuthNews.Authorized news ->
                                registrations
                                        .authorize(news.id(), news.operationId(), news.result())
                                        .toCompletableFuture();
                            case AuthNews.Announced news ->
                                registrations
                                        .announce(news.id(), news.operationId())
                                        .toCompletableFuture();
                        });
            }
            ids.add(UUID.randomUUID().toString());
        }
        return CompletableFuture.allOf(kept.toArray(CompletableFuture[]::new)).thenApply(_ -> {
            metrics.accepted(EventTopic.AUTH.address(), ids.size());
            return ids;
        });
    }

    /**
     * Events that are appended together. Keys are claimed in their order, so that of two requests which share some, one
     * waits for the other and never each for each; and all are claimed before anything is appended, so that a request
     * fails as a whole when one that it waited for did.
     */
    private final class Batch {
        private final String publisher;
        private final EventTopic topic;
        private final List<Envelope> envelopes;
        private final List<Answer> answers = new ArrayList<>();
        private final List<Integer> keyed;
        private final Set<Answer> own = Collections.newSetFromMap(new IdentityHashMap<>());

        Batch(String publisher, EventTopic topic, List<Envelope> envelopes) {
            this.publisher = publisher;
            this.topic = topic;
            this.envelopes = envelopes;
            for (Envelope envelope : envelopes) {
                Answer answer = new Answer("", new CompletableFuture<>());
                answers.add(answer);
                if (envelope.key().isEmpty()) {
                    own.add(answer);
                }
            }
            this.keyed = IntStream.range(0, envelopes.size())
                    .filter(i -> envelopes.get(i).key().isPresent())
                    .boxed()
                    .sorted(Comparator.comparing(i -> key(i)))
                    .toList();
        }

        private String key(int index) {
            return envelopes.get(index).key().orElseThrow();
        }

        CompletionStage<List<String>> claimFrom(int first) {
            for (int i = first; i < keyed.size(); i++) {
                int index = keyed.get(i);
                Answer answer = answers.get(index);
                Optional<Answer> before = window.claim(
                        new IdempotencyKey(publisher, topic.address(), IdempotencyKey.Kind.CLOUD_EVENT, key(index)),
                        answer);
                if (before.isEmpty()) {
                    own.add(answer);
                } else if (before.get().ids().isDone() || own.contains(before.get())) {
                    answers.set(index, before.get());
                } else {
                    int again = i;
                    return before.get().ids().handle((_, _) -> again).thenCompose(this::claimFrom);
                }
            }
            return append();
        }

        private CompletionStage<List<String>> append() {
            List<Answer> freshAnswers = new ArrayList<>();
            List<Envelope> fresh = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                // an event that stands in the request twice has one answer and is appended once
                if (own.remove(answers.get(i))) {
                    freshAnswers.add(answers.get(i));
                    fresh.add(envelopes.get(i));
                }
            }
            Ingress.this.append(topic, fresh).whenComplete((freshIds, failure) -> {
                for (int i = 0; i < freshAnswers.size(); i++) {
                    CompletableFuture<List<String>> ids = freshAnswers.get(i).ids();
                    if (failure == null) {
                        ids.complete(List.of(freshIds.get(i)));
                    } else {
                        ids.completeExceptionally(failure);
                    }
                }
            });
            return CompletableFuture.allOf(answers.stream().map(Answer::ids).toArray(CompletableFuture[]::new))
                    .thenApply(_ -> answers.stream()
                            .flatMap(answer -> answer.ids().join().stream())
                            .toList());
        }
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
        List<Envelope> keyed = new ArrayList<>(envelopes.size());
        for (int i = 0; i < envelopes.size(); i++) {
            // with the digest: other events under a key that was used are not lost in its place
            keyed.add(envelopes
                    .get(i)
                    .withRetryKey(retryKey("request", publisher, topic, key, digest, Integer.toString(i))));
        }
        publish(publisher, topic, keyed).whenComplete((ids, failure) -> {
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
