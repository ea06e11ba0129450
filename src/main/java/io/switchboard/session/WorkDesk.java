package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Topic;
import io.switchboard.queue.Consumer;
import io.switchboard.queue.Delivery;
import io.switchboard.queue.QueueReply;
import io.switchboard.queue.WorkMessage;
import io.switchboard.queue.WorkQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/**
 * The queues that one session works off and sends to, as far as its claims and the rules allow. What it was given stays open until
 * its client says what became of it, and goes back if the session or its rights end before. Called on the session's loop only.
 */
final class WorkDesk {
    /** What the desk needs of its session. */
    interface Host {
        UUID id();

        Loop loop();

        /** Whoever is signed in, as long as the session is open. */
        Optional<Claims> claims();

        void reply(Request request, Reply reply);

        void tell(Notice notice);

        /**
         * Tells the client, too.
         *
         * @param handed called once the socket was given it, unless it never is
         */
        void tell(Notice.Work notice, Runnable handed);

        /** Does something later, unless the session is over by then. */
        void after(Duration delay, Runnable task);

        /** What the client may not have waits for it and cannot be taken back. */
        void end();
    }

    private final SessionServices services;
    private final Host host;
    private final Receiver receiver = new Receiver();

    /** The queues that it works off, and whether a rule lets it, whoever owns them. */
    private final Map<String, Boolean> consumed = new HashMap<>();

    private final Map<UUID, Delivery> open = new LinkedHashMap<>();

    /** Of what is open, what the socket was not given yet. */
    private final Set<UUID> unsent = new HashSet<>();

    /** Queues that had something when there was no room. */
    private final Set<String> waiting = new LinkedHashSet<>();

    WorkDesk(SessionServices services, Host host) {
        this.services = requireNonNull(services, "services");
        this.host = requireNonNull(host, "host");
    }

    // What the client asks for

    void consume(Command.Consume command) {
        Claims claims = host.claims().orElseThrow();
        Optional<String> name = command.queue().map(WorkDesk::normal);
        Optional<Topic> topic = name.flatMap(WorkDesk::topic);
        if (name.isPresent() && topic.isEmpty()) {
            host.reply(command.request(), misnamed());
            return;
        }
        if (topic.filter(queue -> services.rules().deniesConsuming(claims, queue))
                .isPresent()) {
            host.reply(command.request(), forbidden());
            return;
        }
        boolean byRule = topic.filter(queue -> services.rules().mayConsume(claims, queue))
                .isPresent();
        services.queues()
                .consume(receiver, claims.username(), name, byRule)
                .thenAccept(reply -> host.loop().execute(() -> consuming(command.request(), claims, byRule, reply)));
    }

    private void consuming(Request request, Claims asked, boolean byRule, QueueReply reply) {
        String queue = switch (reply) {
            case QueueReply.Consuming(String name) -> name;
            case QueueReply.Bound(var _, String name) -> name;
            case QueueReply.Done _, QueueReply.Refused _ -> "";
        };
        if (!queue.isEmpty()) {
            if (!isStill(asked)) {
                // whoever asked is gone, and nobody else has asked
                services.queues().cancel(host.id(), queue);
                return;
            }
            if (!mayStill(host.claims().orElseThrow(), queue, byRule)) {
                // a right was withdrawn while it was asked for
                services.queues().cancel(host.id(), queue);
                host.reply(request, forbidden());
                return;
            }
            consumed.put(queue, byRule);
            host.after(services.limits().work().delay(), () -> {
                if (consumed.containsKey(queue)) {
                    services.queues().ready(host.id(), queue);
                }
            });
        }
        answer(request, reply);
    }

    private boolean isStill(Claims asked) {
        return host.claims()
                .filter(claims -> claims.subject().equals(asked.subject())
                        && claims.username().equals(asked.username()))
                .isPresent();
    }

    /** Whether a queue may be worked off with these claims: by a rule, if it was one that allowed it, and against none. */
    private boolean mayStill(Claims claims, String queue, boolean byRule) {
        Topic topic = topic(queue).orElseThrow();
        return byRule
                ? services.rules().mayConsume(claims, topic)
                : !services.rules().deniesConsuming(claims, topic);
    }

    private static Reply.Failed forbidden() {
        return new Reply.Failed(403, "this queue may not be worked off with your rights");
    }

    private void answer(Request request, QueueReply reply) {
        host.reply(
                request,
                reply instanceof QueueReply.Refused(int status, String message)
                        ? new Reply.Failed(status, message)
                        : new Reply.Queued(reply));
    }

    void exchange(Command.Exchange command) {
        Claims claims = host.claims().orElseThrow();
        Optional<Topic> topic = topic(normal(command.exchange()));
        if (topic.isEmpty()) {
            host.reply(command.request(), misnamed());
            return;
        }
        if (services.rules().deniesConsuming(claims, topic.get())) {
            host.reply(command.request(), new Reply.Failed(403, "this exchange may not be used with your rights"));
            return;
        }
        services.queues()
                .bind(
                        receiver,
                        claims.username(),
                        normal(command.exchange()),
                        command.algorithm(),
                        command.routingKey(),
                        command.addQueue())
                .thenAccept(reply -> host.loop().execute(() -> consuming(command.request(), claims, false, reply)));
    }

    void abandon(Command.Abandon command) {
        String queue = normal(command.queue());
        if (consumed.containsKey(queue)) {
            forget(queue);
            services.queues()
                    .cancel(host.id(), queue)
                    .thenAccept(reply -> host.loop()
                            .execute(() -> answer(
                                    command.request(),
                                    reply instanceof QueueReply.Done ? new QueueReply.Consuming(queue) : reply)));
        } else {
            host.reply(command.request(), new Reply.Failed(404, "this connection does not work off such a queue"));
        }
    }

    /** @param claims of who sends it, which may be somebody else for the length of the command */
    void enqueue(Command.Enqueue command, Claims claims) {
        String target = normal(command.target());
        Optional<Topic> topic = topic(target);
        if (topic.isEmpty()) {
            host.reply(command.request(), misnamed());
            return;
        }
        // who knows the name of a queue that nobody can guess was told it, to answer there
        boolean named = !command.toExchange() && WorkQueues.isNamedByServer(target);
        boolean may = named
                ? !services.rules().deniesProducing(claims, topic.get())
                : services.rules().mayProduce(claims, topic.get());
        if (!may) {
            host.reply(
                    command.request(),
                    new Reply.Failed(403, "this queue or exchange may not be sent to with your rights"));
            return;
        }
        long now = services.clock().millis();
        WorkMessage message = new WorkMessage(
                UUID.randomUUID(),
                claims.username(),
                command.data().apply(claims),
                normal(command.replyTo()),
                command.correlationId(),
                command.toExchange() ? target : "",
                command.routingKey(),
                now,
                now + command.timeToLive().toMillis());
        // or whoever is given it would be closed for what it cannot help
        long most = services.limits().outboundBytes() / 2;
        if (most > 0 && message.weight() > most) {
            host.reply(command.request(), new Reply.Failed(400, "send at most " + most / 2 + " characters to a queue"));
            return;
        }
        CompletionStage<QueueReply> kept = command.toExchange()
                ? services.queues().publish(target, message)
                : services.queues().send(target, message);
        kept.thenAccept(reply -> host.loop().execute(() -> answer(command.request(), reply)));
    }

    void finish(Command.Finish command) {
        close(command.delivery()).ifPresent(delivery -> {
            services.queues().acknowledge(host.id(), delivery);
            free(delivery.queue());
        });
    }

    void giveBack(Command.Return command) {
        // without an id it means the only one there is
        Optional<UUID> which = command.delivery()
                .or(() -> open.size() == 1 ? open.keySet().stream().findFirst() : Optional.empty());
        which.flatMap(this::close).ifPresent(delivery -> {
            services.queues().reject(host.id(), delivery);
            free(delivery.queue());
        });
    }

    private Optional<Delivery> close(UUID id) {
        unsent.remove(id);
        return Optional.ofNullable(open.remove(id));
    }

    /** There is room again: those that waited come first, and the one that was served last. */
    private void free(String last) {
        List<String> ready = new ArrayList<>(waiting);
        waiting.clear();
        ready.remove(last);
        if (consumed.containsKey(last)) {
            ready.add(last);
        }
        ready.forEach(queue -> services.queues().ready(host.id(), queue));
    }

    // Names

    private static String normal(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** A name as rules see it; empty: it is none. */
    private static Optional<Topic> topic(String name) {
        List<String> segments = List.of(name.split("\\.", -1));
        return segments.contains("") ? Optional.empty() : Optional.of(Topic.of(segments));
    }

    private static Reply.Failed misnamed() {
        return new Reply.Failed(400, "name a queue without dots at its ends or next to each other");
    }

    // What ends

    /** The claims are others: gives up what only a rule allowed that does not count any more. */
    void claimsChanged(Claims claims) {
        for (Map.Entry<String, Boolean> one : List.copyOf(consumed.entrySet())) {
            String queue = one.getKey();
            if (!mayStill(claims, queue, one.getValue())) {
                boolean late = open.entrySet().stream()
                        .anyMatch(held -> held.getValue().queue().equals(queue) && unsent.contains(held.getKey()));
                services.queues().cancel(host.id(), queue);
                forget(queue);
                if (late) {
                    host.end();
                    return;
                }
                host.tell(new Notice.QueueClosed(queue));
            }
        }
    }

    /** Nobody is signed in, or somebody else: everything goes back. */
    void clear() {
        consumed.keySet().forEach(queue -> services.queues().cancel(host.id(), queue));
        consumed.clear();
        open.clear();
        unsent.clear();
        waiting.clear();
    }

    private void forget(String queue) {
        consumed.remove(queue);
        waiting.remove(queue);
        int before = open.size();
        open.entrySet().removeIf(held -> {
            boolean gone = held.getValue().queue().equals(queue);
            if (gone) {
                unsent.remove(held.getKey());
            }
            return gone;
        });
        if (open.size() < before) {
            free(queue);
        }
    }

    /** What the queues know of the session. Any thread. */
    private final class Receiver implements Consumer {
        @Override
        public UUID id() {
            return host.id();
        }

        @Override
        public CompletionStage<Taken> give(Delivery delivery) {
            CompletableFuture<Taken> taken = new CompletableFuture<>();
            try {
                host.loop().execute(() -> taken.complete(take(delivery)));
            } catch (RejectedExecutionException _) {
                taken.complete(Taken.GONE);
            }
            return taken;
        }

        private Taken take(Delivery delivery) {
            if (host.claims().isEmpty()) {
                return Taken.GONE;
            }
            if (!consumed.containsKey(delivery.queue())) {
                // the queue is about to hear that
                return Taken.BUSY;
            }
            if (open.size() >= services.limits().work().openPerSession()) {
                waiting.add(delivery.queue());
                return Taken.BUSY;
            }
            UUID id = UUID.randomUUID();
            open.put(id, delivery);
            unsent.add(id);
            host.tell(new Notice.Work(id, delivery), () -> unsent.remove(id));
            return host.claims().isPresent() ? Taken.TAKEN : Taken.GONE;
        }

        /** Whoever says nothing may have lost it, and does not stay without work for that. */
        @Override
        public void timedOut(Delivery delivery) {
            host.loop()
                    .execute(() -> open.entrySet().stream()
                            .filter(held -> held.getValue().equals(delivery))
                            .map(Map.Entry::getKey)
                            .findFirst()
                            .ifPresent(id -> {
                                Optional<Delivery> _ = close(id);
                                free(delivery.queue());
                            }));
        }

        @Override
        public void closed(String queue) {
            host.loop().execute(() -> {
                if (consumed.containsKey(queue)) {
                    forget(queue);
                    host.tell(new Notice.QueueClosed(queue));
                }
            });
        }

        @Override
        public void exchangeClosed(String exchange, String queue) {
            host.loop().execute(() -> {
                if (consumed.containsKey(queue)) {
                    host.tell(new Notice.ExchangeClosed(exchange, queue));
                }
            });
        }
    }
}
