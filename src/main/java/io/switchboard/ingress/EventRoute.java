package io.switchboard.ingress;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.trace.SpanContext;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.VertxHttpConfig;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.chat.UnknownRoomException;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.StoreException;
import io.switchboard.http.BearerToken;
import io.switchboard.http.Problem;
import io.switchboard.log.LogException;
import io.switchboard.log.TooLargeForLogException;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Tracing;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Publishing over HTTP: {@code POST /api/v1/events/{topic}}, one event, an array of events, or CloudEvents. 202 means
 * that the events have their place in the log.
 *
 * <p>A route and no resource class: the way through one costs about as much as everything else that an event costs. Runs
 * on the event loop; only a token that was not seen lately is verified elsewhere. Nothing of a body is read before the
 * token and the topic were found good.
 */
@Singleton
final class EventRoute {
    private static final Logger LOG = Logger.getLogger(EventRoute.class);

    private static final String PATH = "/api/v1/events/:topic";
    /** The short way to {@link EventTopic#PUBLISH}. */
    private static final String PUBLISH_PATH = "/api/v1/publish";
    /** Behind the platform's CORS filter (-300), before its authentication (-200) and all that is not for us. */
    private static final int ORDER = -250;

    private static final Set<String> MEDIA_TYPES =
            Set.of("application/json", "application/cloudevents+json", "application/cloudevents-batch+json");
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final int LONGEST_KEY = 256;
    private static final String REQUEST = "switchboard.publish";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Ingress ingress;
    private final EnvelopeReader envelopes;
    private final Publishers publishers;
    private final TokenVerifier verifier;
    private final GatewayMetrics metrics;
    private final Tracing tracing;
    private final long maxBodySize;
    private volatile boolean stopping;

    EventRoute(
            Ingress ingress,
            EnvelopeReader envelopes,
            Publishers publishers,
            TokenVerifier verifier,
            GatewayMetrics metrics,
            Tracing tracing,
            VertxHttpConfig http) {
        this.ingress = ingress;
        this.envelopes = envelopes;
        this.publishers = publishers;
        this.verifier = verifier;
        this.metrics = metrics;
        this.tracing = tracing;
        this.maxBodySize =
                http.limits().maxBodySize().map(MemorySize::asLongValue).orElse(-1L);
    }

    void routes(@Observes Router router) {
        routes(router, PATH);
        routes(router, PUBLISH_PATH);
    }

    private void routes(Router router, String path) {
        // Three routes: one would insist on reading the body first.
        router.post(path).order(ORDER).handler(this::admit);
        router.post(path)
                .order(ORDER + 1)
                .handler(BodyHandler.create(false).setBodyLimit(maxBodySize))
                .failureHandler(this::failed);
        router.post(path).order(ORDER + 2).handler(this::publish).failureHandler(this::failed);
        router.route(path).order(ORDER + 3).handler(context -> {
            context.response().putHeader(HttpHeaders.ALLOW, "POST");
            answer(context, new Problem(405, "Method not allowed", "send POST"));
        });
    }

    private static String topicName(RoutingContext context) {
        String name = context.pathParam("topic");
        return name == null ? EventTopic.PUBLISH.address() : name;
    }

    /** The sessions go away now: what came after them would be accepted and reach nobody. */
    void onStop(@Observes @Priority(1) ShutdownDelayInitiatedEvent event) {
        stopping = true;
    }

    /** What was found good before the body is read. */
    private record Request(EventTopic topic, String publisher, Optional<String> key, SpanContext caller) {}

    private void admit(RoutingContext context) {
        Optional<String> token = BearerToken.of(context.request().getHeader(HttpHeaders.AUTHORIZATION));
        if (token.isEmpty()) {
            answer(context, Problem.unauthorized("send a Bearer token"));
            return;
        }
        CompletableFuture<Claims> verified = verifier.verify(token.get()).toCompletableFuture();
        if (verified.isDone()) {
            admit(context, verified);
            return;
        }
        context.request().pause();
        Context loop = context.vertx().getOrCreateContext();
        CompletableFuture<Claims> _ = verified.whenComplete((_, _) -> loop.runOnContext(_ -> {
            admit(context, verified);
            context.request().resume();
        }));
    }

    private void admit(RoutingContext context, CompletableFuture<Claims> verified) {
        if (verified.isCompletedExceptionally()) {
            fail(context, verified.exceptionNow());
            return;
        }
        Optional<Problem> problem = problem(context, verified.resultNow());
        if (bodyIsTooLong(context)) {
            tooLarge(context);
        } else if (problem.isPresent()) {
            answer(context, problem.get());
        } else if (stopping) {
            answer(context, Problem.unavailable("the server is about to stop"));
        } else {
            context.next();
        }
    }

    private boolean bodyIsTooLong(RoutingContext context) {
        String length = context.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length != null && maxBodySize >= 0 && Long.parseLong(length) > maxBodySize;
        } catch (NumberFormatException _) {
            return true;
        }
    }

    /** What is still on its way will not be read. */
    private void tooLarge(RoutingContext context) {
        context.addEndHandler(_ -> context.request().connection().close());
        context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        answer(context, new Problem(413, "Too large", "send at most " + maxBodySize + " bytes"));
    }

    private Optional<Problem> problem(RoutingContext context, Claims claims) {
        String topicName = topicName(context);
        Optional<EventTopic> topic = EventTopic.of(topicName);
        if (topic.isEmpty()) {
            return Optional.of(new Problem(404, "Unknown topic", "topics are " + EventTopic.addresses()));
        }
        if (!publishers.mayPublish(claims.roles(), topic.get())) {
            return Optional.of(Problem.forbidden("the token needs a role that may publish on " + topicName));
        }
        String contentType = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (contentType != null && !MEDIA_TYPES.contains(mediaType(contentType))) {
            return Optional.of(new Problem(
                    415, "Unsupported media type", "send application/json or application/cloudevents+json"));
        }
        Optional<String> key = Optional.ofNullable(context.request().getHeader(IDEMPOTENCY_KEY));
        if (key.isPresent() && (key.get().isEmpty() || key.get().length() > LONGEST_KEY)) {
            return Optional.of(Problem.badRequest("send an Idempotency-Key of 1 to " + LONGEST_KEY + " characters"));
        }
        // No user can be taken for a service inside the process, whatever the name.
        context.put(
                REQUEST,
                new Request(
                        topic.get(),
                        "user " + claims.username(),
                        key,
                        tracing.caller(context.request().getHeader("traceparent"))));
        return Optional.empty();
    }

    private void publish(RoutingContext context) {
        Request request = context.get(REQUEST);
        Buffer buffer = context.body().buffer();
        byte[] body = buffer == null ? new byte[0] : buffer.getBytes();
        EnvelopeReader.Published published;
        try {
            published = envelopes.read(request.topic(), body).within(request.caller());
        } catch (InvalidEventException e) {
            answer(context, new Problem(400, "Invalid event", e.getMessage(), Optional.of(e.field())));
            return;
        } catch (TooLargeException e) {
            answer(context, new Problem(413, "Too large", e.getMessage()));
            return;
        }
        CompletionStage<List<String>> ids = request.key().isPresent()
                ? ingress.publish(
                        request.publisher(),
                        request.topic(),
                        published.envelopes(),
                        request.key().get(),
                        digest(body))
                : ingress.publish(request.publisher(), request.topic(), published.envelopes());
        // Mostly done already; otherwise whoever appends for us answers: a response may be written from any thread.
        ids.whenComplete((list, failure) -> {
            if (failure == null) {
                accepted(context, list, published.array());
            } else {
                fail(context, failure);
            }
        });
    }

    private static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static void accepted(RoutingContext context, List<String> ids, boolean array) {
        ObjectNode json = MAPPER.createObjectNode();
        if (array) {
            ids.forEach(json.putArray("ids")::add);
        } else {
            json.put("id", ids.getFirst());
        }
        end(context, 202, "application/json;charset=UTF-8", json.toString());
    }

    /** What the platform refused, the size of a body above all. */
    private void failed(RoutingContext context) {
        if (context.response().ended()) {
            return;
        }
        if (context.statusCode() == 413) {
            tooLarge(context);
        } else if (context.failure() == null) {
            answer(context, new Problem(context.statusCode(), "Invalid request", "send a complete request"));
        } else {
            fail(context, context.failure());
        }
    }

    private void fail(RoutingContext context, Throwable failure) {
        Throwable cause = Causes.of(failure);
        switch (cause) {
            case TokenRejectedException rejected -> answer(context, Problem.of(rejected));
            case LogException full -> answer(context, Problem.unavailable(full.getMessage()));
            case TooLargeForLogException large -> answer(context, new Problem(413, "Too large", large.getMessage()));
            case StoreException store -> answer(context, Problem.unavailable(store.getMessage()));
            case UnknownRoomException unknown -> answer(context, new Problem(404, "Not found", unknown.getMessage()));
            case Ingress.KeyReusedException reused ->
                answer(context, new Problem(422, "Key reused", reused.getMessage()));
            default -> {
                LOG.error("publishing failed", Redacted.of(cause));
                answer(context, new Problem(500, "Internal error", "the event was not accepted, try again"));
            }
        }
    }

    private void answer(RoutingContext context, Problem problem) {
        metrics.refused(tag(topicName(context)), Integer.toString(problem.status()));
        problem.headers().forEach(context.response()::putHeader);
        end(context, problem.status(), Problem.MEDIA_TYPE, problem.json());
    }

    private static void end(RoutingContext context, int status, String contentType, String body) {
        HttpServerResponse response = context.response();
        if (!response.closed() && !response.ended()) {
            response.setStatusCode(status)
                    .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                    .end(body);
        }
    }

    /** For figures and the log, where what a stranger writes into a path must not stand. */
    private static String tag(String topicName) {
        return EventTopic.of(topicName).map(EventTopic::address).orElse("unknown");
    }

    private static String digest(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
