package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.TopicName;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Guard;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Loop;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.Presence;
import io.switchboard.presence.Presences;
import io.switchboard.service.Actor;
import io.switchboard.service.Grant;
import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.service.SubscriptionChange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Carries out what the client of one session asks for, as far as its claims, the rules and the grants of services allow, and
 * within bounds. Commands are taken in their order; what takes time is answered when it is done. Called on the session's loop
 * only.
 */
final class CommandDesk {
    private static final Logger LOG = Logger.getLogger(CommandDesk.class);

    private static final long RETRY_MILLIS = 1000;

    /** What the desk needs of its session. */
    interface Host extends RoomAdmissions.Host {
        String dialect();

        /** What a service means that names topics. */
        List<TopicName> names(String text) throws InvalidTopicException;

        Loop loop();

        void reply(Request request, Reply reply);

        /** Subscriptions ended that the client has not given up. */
        void dropped(List<TopicName> names);

        void guardedTopicsChanged();

        /** Shows how a user is, if the session may still hear of it. */
        void present(Presence presence);

        /** Lets the commands behind this one wait. */
        void hold();

        /** Goes on with them. */
        void goOn();

        /** Calls {@link #expireGrants} after that time. */
        void expireGrantsAfter(Duration delay);
    }

    private final SessionServices services;
    private final ClientTopics topics;
    private final Host host;
    private final Grants grants = new Grants();
    private final RoomAdmissions admissions;
    private Optional<UUID> former = Optional.empty();
    private int underWay;

    CommandDesk(SessionServices services, ClientTopics topics, Host host) {
        this.services = requireNonNull(services, "services");
        this.topics = requireNonNull(topics, "topics");
        this.host = requireNonNull(host, "host");
        this.admissions = new RoomAdmissions(
                services.rooms(), host.loop(), services.limits().chat().permissionLasts(), host);
    }

    // Who may

    private long now() {
        return services.clock().millis();
    }

    private boolean maySubscribe(Claims claims, Pattern pattern) {
        return services.rules().maySubscribe(claims, pattern)
                || (!grants.isEmpty()
                        && grants.cover(pattern, now())
                        && !services.rules().deniesSubscribing(claims, pattern));
    }

    /** Whether a grant allows a publication that the claims do not. */
    boolean grants(Claims claims, Guard guard) {
        return guard instanceof Guard.MayHear asked
                && !grants.isEmpty()
                && grants.open(asked.topic(), now())
                && !services.rules().deniesSubscribing(claims, Pattern.of(asked.topic()));
    }

    /** Whether a service lets the session hear of a room that its claims say nothing of. */
    boolean admits(Claims claims, Guard guard) {
        return admissions.admit(claims, guard);
    }

    /** Asks services again which rooms the session may hear of. */
    void renewAdmissions() {
        admissions.renew(topics::wants);
    }

    // Subscriptions

    void subscribe(Command.Subscribe command) {
        Claims claims = host.claims().orElseThrow();
        for (TopicName name : command.names()) {
            if (!maySubscribe(claims, name.pattern())) {
                host.reply(
                        command.request(),
                        Reply.Failed.of(403, "this topic may not be subscribed to with your rights", name.text()));
                return;
            }
        }
        int most = services.limits().subscriptions();
        if (most > 0 && topics.activeWith(command.names()) > most) {
            host.reply(command.request(), new Reply.Failed(400, "subscribe to at most " + most + " topics at a time"));
            return;
        }
        command.cursors().session().ifPresent(session -> former = Optional.of(session));
        List<UUID> named = RoomAdmissions.named(
                command.names().stream().map(TopicName::pattern).toList());
        if (named.isEmpty()) {
            topics.subscribe(command);
            showPresence(command.names());
            return;
        }
        host.hold();
        CompletionStage<Void> _ = admissions.ask(named).thenRun(() -> {
            if (host.claims().isPresent()) {
                topics.subscribe(command);
                showPresence(command.names());
            }
            host.goOn();
        });
    }

    void unsubscribe(Command.Unsubscribe command) {
        topics.unsubscribe(command);
    }

    /** The claims are others: gives up what they do not allow, and returns it. */
    List<TopicName> claimsChanged(Claims claims) {
        admissions.claimsChanged();
        return topics.retain(pattern -> maySubscribe(claims, pattern));
    }

    private void change(List<TopicName> subscribe, List<TopicName> unsubscribe) {
        Claims claims = host.claims().orElseThrow();
        // a service says what is of interest, and not what is allowed: that is what grants are for
        List<TopicName> allowed = subscribe.stream()
                .filter(name -> maySubscribe(claims, name.pattern()))
                .toList();
        int most = services.limits().subscriptions();
        if (!allowed.isEmpty() && (most == 0 || topics.activeWith(allowed) <= most)) {
            topics.subscribe(allowed);
        }
        if (!unsubscribe.isEmpty()) {
            topics.unsubscribe(unsubscribe);
        }
    }

    private List<TopicName> names(List<String> texts) throws InvalidTopicException {
        List<TopicName> names = new ArrayList<>();
        for (String text : texts) {
            names.addAll(host.names(text));
        }
        return names;
    }

    // Grants

    /** Forgets grants whose time is over, and what only they allowed. */
    void expireGrants() {
        awaitExpiry();
        host.claims().ifPresent(claims -> {
            List<TopicName> dropped = claimsChanged(claims);
            if (!dropped.isEmpty()) {
                host.guardedTopicsChanged();
                host.dropped(dropped);
            }
        });
    }

    private void awaitExpiry() {
        OptionalLong next = grants.expire(now());
        next.ifPresent(millis -> host.expireGrantsAfter(Duration.ofMillis(Math.max(1, millis - now()))));
    }

    /** The claims are gone, and all that came with them. */
    void clear() {
        grants.clear();
        admissions.clear();
        topics.clear();
    }

    // What takes time

    void publish(Command.Publish command) {
        Claims claims = host.claims().orElseThrow();
        if (!services.rules().mayPublish(claims, command.topic())) {
            host.reply(
                    command.request(),
                    Reply.Failed.of(
                            403,
                            "this topic may not be published to with your rights",
                            TopicSyntax.DOTTED.write(command.topic())));
            return;
        }
        // bounded by what may be on its way in the log
        services.publishing()
                .publish(
                        new Publishing.Publisher(
                                host.id(),
                                former,
                                claims.username(),
                                command.urgent() && services.rules().mayPrioritize(claims, command.topic())),
                        command)
                .whenComplete((reply, failure) -> answer(command.request(), reply, failure));
    }

    void direct(Command.Direct command) {
        Claims claims = host.claims().orElseThrow();
        if (!services.rules().mayWrite(claims, command.recipient())) {
            host.reply(command.request(), new Reply.Failed(403, "this user may not be written to with your rights"));
            return;
        }
        // bounded by what may be on its way to users
        services.correspondence()
                .send(new Publishing.Publisher(host.id(), former, claims.username(), false), command)
                .whenComplete((reply, failure) -> answer(command.request(), reply, failure));
    }

    // Who is there

    void appear(Command.Appear command) {
        String user = host.claims().orElseThrow().username();
        services.presences().set(user, command.status(), command.metadata());
        answer(services.presences().of(List.of(user)), command.request(), users -> new Reply.There(users, Map.of()));
    }

    void whoIsThere(Command.WhoIsThere command) {
        Claims claims = host.claims().orElseThrow();
        List<Topic> asked = new ArrayList<>(command.topics());
        command.users().forEach(user -> asked.add(Presences.topicOf(user)));
        for (Topic topic : asked) {
            if (!maySubscribe(claims, Pattern.of(topic))) {
                host.reply(
                        command.request(),
                        Reply.Failed.of(
                                403, "you may not ask who is there with your rights", TopicSyntax.DOTTED.write(topic)));
                return;
            }
        }
        for (Topic topic : command.topics()) {
            if (!services.gatherings().concern(topic)) {
                host.reply(
                        command.request(),
                        Reply.Failed.of(404, "nobody notes who shares this topic", TopicSyntax.DOTTED.write(topic)));
                return;
            }
        }
        Map<Topic, Gatherings.Crowd> crowds = new ConcurrentHashMap<>();
        CompletionStage<Void> counted = CompletableFuture.allOf(command.topics().stream()
                .map(topic -> services.gatherings()
                        .of(topic)
                        .thenAccept(crowd -> crowds.put(topic, crowd))
                        .toCompletableFuture())
                .toArray(CompletableFuture[]::new));
        answer(
                counted.thenCompose(_ -> services.presences().of(command.users())),
                command.request(),
                users -> new Reply.There(users, crowds));
    }

    /** Shows how users are whom a client has just subscribed to, as it would have been told. */
    private void showPresence(List<TopicName> names) {
        List<String> users = names.stream()
                .flatMap(name -> name.pattern().exact().stream())
                .flatMap(topic -> Presences.userOf(topic).stream())
                .toList();
        if (!users.isEmpty()) {
            CompletionStage<Void> _ = services.presences()
                    .of(users)
                    .thenAccept(states -> host.loop().execute(() -> states.forEach(host::present)));
        }
    }

    private <T> void answer(CompletionStage<T> stage, Request request, Function<T, Reply> reply) {
        CompletionStage<Void> _ =
                stage.thenAccept(result -> host.loop().execute(() -> host.reply(request, reply.apply(result))));
    }

    void history(Command.History command) {
        Claims claims = host.claims().orElseThrow();
        if (!maySubscribe(claims, Pattern.of(command.topic()))) {
            host.reply(
                    command.request(),
                    Reply.Failed.of(
                            403,
                            "this topic may not be subscribed to with your rights",
                            TopicSyntax.DOTTED.write(command.topic())));
            return;
        }
        if (isFull(command.request())) {
            return;
        }
        underWay++;
        UUID id = host.id();
        services.past()
                .page(
                        command.topic(),
                        claims,
                        publication -> isFor(id, claims, publication.guard()),
                        command.limit(),
                        command.before(),
                        command.since())
                .whenComplete((page, failure) -> host.loop().execute(() -> {
                    underWay--;
                    if (failure == null) {
                        // once more, by the claims of this instant
                        Optional<Claims> current =
                                host.claims().filter(changed -> maySubscribe(changed, Pattern.of(command.topic())));
                        host.reply(
                                command.request(),
                                new Reply.Past(
                                        page.topic(),
                                        page.messages().stream()
                                                .filter(message -> current.isPresent()
                                                        && isFor(id, current.get(), message.guard()))
                                                .toList(),
                                        page.epoch(),
                                        page.firstOffset(),
                                        page.lastOffset(),
                                        page.more()));
                    } else {
                        host.reply(
                                command.request(),
                                new Reply.Failed(503, "too many ask at the moment", "", OptionalLong.of(RETRY_MILLIS)));
                    }
                }));
    }

    /** Grants do not count on another thread; who was let in here by one may see what only the rules stand against. */
    private static boolean isFor(UUID session, Claims claims, Guard guard) {
        return guard.allows(claims)
                || guard instanceof Guard.MayHear
                || (guard instanceof Guard.IsSession(UUID id) && id.equals(session));
    }

    private boolean isFull(Request request) {
        int most = services.limits().callsUnderWay();
        if (most == 0 || underWay < most) {
            return false;
        }
        host.reply(
                request,
                new Reply.Failed(429, "wait for an answer before you ask for more", "", OptionalLong.of(RETRY_MILLIS)));
        return true;
    }

    /** @param claims of who calls, which may be somebody else for the length of the command */
    void call(Command.Call command, Claims claims) {
        if (isFull(command.request())) {
            return;
        }
        underWay++;
        Actor actor = new Actor(host.id(), host.dialect(), claims);
        CompletionStage<ServiceAnswer> answer = services.calls()
                .call(new ServiceCall(command.service(), actor, command.payload(), command.traceparent()));
        BiConsumer<ServiceAnswer, Throwable> done = (result, failure) -> {
            underWay--;
            if (failure == null) {
                called(command.request(), actor, result);
            } else {
                LOG.error("service call failed unexpectedly", Redacted.of(failure));
                host.reply(command.request(), new Reply.Failed(500, "the service failed"));
            }
        };
        answer.whenComplete((result, failure) -> host.loop().execute(() -> done.accept(result, failure)));
    }

    private void called(Request request, Actor actor, ServiceAnswer answer) {
        switch (answer) {
            case ServiceAnswer.Failure(int status, String message) ->
                host.reply(request, new Reply.Failed(status, message));
            case ServiceAnswer.Unknown() -> host.reply(request, Reply.Failed.NO_SUCH_SERVICE);
            case ServiceAnswer.Reply reply -> {
                // what came of the call is for the one who made it
                if (host.claims().map(Claims::subject).equals(actor.claims().map(Claims::subject))) {
                    apply(reply.subscriptions(), reply.grant());
                }
                host.reply(request, new Reply.Called(reply.payload()));
            }
        }
    }

    /** What a service changes: first what it opens, then what it subscribes to. A pattern that is none changes nothing. */
    void apply(Optional<SubscriptionChange> change, Optional<Grant> grant) {
        try {
            // read first: then nothing is changed by halves
            List<TopicName> subscribe =
                    names(change.map(SubscriptionChange::subscribe).orElse(List.of()));
            List<TopicName> unsubscribe =
                    names(change.map(SubscriptionChange::unsubscribe).orElse(List.of()));
            List<TopicName> opened = names(grant.map(Grant::patterns).orElse(List.of()));
            if (grant.isPresent()) {
                grants.add(
                        opened.stream().map(TopicName::pattern).toList(),
                        grant.get().expiresAt());
                awaitExpiry();
            }
            change(subscribe, unsubscribe);
        } catch (InvalidTopicException _) {
            LOG.warn("a service named a topic that is none; nothing was changed");
        }
    }

    private void answer(Request request, Reply reply, Throwable failure) {
        if (failure != null) {
            LOG.error("publishing failed unexpectedly", Redacted.of(failure));
        }
        host.loop()
                .execute(() -> host.reply(
                        request, failure == null ? reply : new Reply.Failed(500, "the message was not accepted")));
    }
}
