package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Message;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Replicas talk over core subjects of NATS: one for each replica, and one for all. */
public final class NatsWire implements Wire {
    private static final Logger LOG = Logger.getLogger(NatsWire.class);

    private static final String FROM = "Switchboard-From";
    private static final String FAILED = "Switchboard-Failed";

    private final Connection connection;
    private final String self;
    private final String toReplica;
    private final String toAll;
    private final Loop loop;
    private final Supplier<View> view;
    private final Map<String, Answerer> answerers = new ConcurrentHashMap<>();

    /**
     * @param self the id of this replica
     * @param loop of the cluster
     * @param view who is there now
     */
    public NatsWire(NatsLink link, String prefix, String self, Loop loop, Supplier<View> view) {
        this.connection = link.connection();
        this.self = requireNonNull(self, "self");
        this.toReplica = prefix + ".replica.";
        this.toAll = prefix + ".all.";
        this.loop = requireNonNull(loop, "loop");
        this.view = requireNonNull(view, "view");
    }

    /** From now on questions are heard. */
    public void open() {
        // one dispatcher: what a replica sends arrives in its order
        Dispatcher dispatcher = connection.createDispatcher();
        String own = toReplica + self + ".";
        dispatcher.subscribe(own + ">", message -> received(message, own.length()));
        dispatcher.subscribe(toAll + ">", message -> received(message, toAll.length()));
    }

    @Override
    public void serve(String subject, Answerer answerer) {
        if (answerers.putIfAbsent(subject, answerer) != null) {
            throw new IllegalStateException("somebody answers that already");
        }
    }

    private void received(Message message, int prefix) {
        Headers headers = message.getHeaders();
        String from = headers == null ? null : headers.getFirst(FROM);
        Answerer answerer = answerers.get(message.getSubject().substring(prefix));
        if (from == null || answerer == null || from.equals(self)) {
            return;
        }
        loop.execute(() -> answer(message, from, answerer));
    }

    private void answer(Message message, String from, Answerer answerer) {
        CompletionStage<byte[]> answer;
        try {
            answer = answerer.answer(from, message.getData());
        } catch (RuntimeException e) {
            LOG.error("message of a replica not handled", Redacted.of(e));
            answer = CompletableFuture.failedFuture(e);
        }
        if (message.getReplyTo() != null) {
            CompletionStage<byte[]> _ = answer.whenComplete((body, failure) -> {
                Headers headers = new Headers().put(FROM, self);
                if (failure != null) {
                    headers.put(FAILED, "1");
                }
                publish(message.getReplyTo(), headers, failure == null ? body : new byte[0]);
            });
        }
    }

    /** Whether it could be handed to the client. */
    private boolean publish(String subject, Headers headers, byte[] body) {
        try {
            connection.publish(subject, headers, body);
            return true;
        } catch (IllegalStateException | IllegalArgumentException e) {
            // closed, too much waits, or it is too large
            LOG.debugf("message to a replica not sent cause=%s", e.getClass().getName());
            return false;
        }
    }

    @Override
    public CompletionStage<byte[]> ask(String replica, String subject, byte[] question, Duration patience) {
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        try {
            CompletableFuture<Message> _ = connection
                    .requestWithTimeout(
                            NatsMessage.builder()
                                    .subject(toReplica + replica + "." + subject)
                                    .headers(new Headers().put(FROM, self))
                                    .data(question)
                                    .build(),
                            patience)
                    .whenComplete((message, failure) -> {
                        boolean good = failure == null
                                && message.getHeaders() != null
                                && message.getHeaders().getFirst(FROM) != null
                                && message.getHeaders().getFirst(FAILED) == null;
                        if (good) {
                            answer.complete(message.getData());
                        } else {
                            answer.completeExceptionally(new UnreachableException());
                        }
                    });
        } catch (IllegalStateException | IllegalArgumentException _) {
            answer.completeExceptionally(new UnreachableException());
        }
        return answer;
    }

    @Override
    public void tell(String replica, String subject, byte[] news) {
        boolean _ = publish(toReplica + replica + "." + subject, new Headers().put(FROM, self), news);
    }

    @Override
    public void tellAll(String subject, byte[] news) {
        boolean _ = publish(toAll + subject, new Headers().put(FROM, self), news);
    }

    @Override
    public CompletionStage<Answers> askAll(String subject, byte[] question, Duration patience) {
        Map<String, byte[]> answers = new ConcurrentHashMap<>();
        Set<String> missing = ConcurrentHashMap.newKeySet();
        CompletableFuture<?>[] all = view.get().members().stream()
                .map(Member::id)
                .filter(id -> !id.equals(self))
                .map(id -> ask(id, subject, question, patience)
                        .handle((body, failure) -> failure == null ? answers.put(id, body) != null : missing.add(id))
                        .toCompletableFuture())
                .toArray(CompletableFuture[]::new);
        return CompletableFuture.allOf(all).thenApply(_ -> new Answers(answers, missing));
    }
}
