package io.switchboard.ingress;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.api.trace.SpanContext;
import io.smallrye.mutiny.Uni;
import io.switchboard.auth.Claims;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.failure.Redacted;
import io.switchboard.log.LogFullException;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.trace.Tracing;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Publishing over HTTP. 202 means that the events have their place in the log. Runs on the event loop; only a token that
 * was not seen lately is verified elsewhere.
 */
@Singleton
@Path("/api/v1/events/{topic}")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public class EventResource {
    private static final Logger LOG = Logger.getLogger(EventResource.class);

    private static final Set<String> MEDIA_TYPES =
            Set.of("application/json", "application/cloudevents+json", "application/cloudevents-batch+json");
    private static final String BEARER = "Bearer ";
    private static final int LONGEST_KEY = 256;
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Ingress ingress;
    private final EnvelopeReader envelopes;
    private final Publishers publishers;
    private final TokenVerifier verifier;
    private final GatewayMetrics metrics;
    private final Tracing tracing;

    EventResource(
            Ingress ingress,
            EnvelopeReader envelopes,
            Publishers publishers,
            TokenVerifier verifier,
            GatewayMetrics metrics,
            Tracing tracing) {
        this.ingress = ingress;
        this.envelopes = envelopes;
        this.publishers = publishers;
        this.verifier = verifier;
        this.metrics = metrics;
        this.tracing = tracing;
    }

    /** One event, an array of events, or a CloudEvent. */
    @POST
    public Uni<Response> publish(
            @PathParam("topic") String topicName,
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @HeaderParam("Idempotency-Key") String idempotencyKey,
            @HeaderParam(HttpHeaders.CONTENT_TYPE) String contentType,
            @HeaderParam("traceparent") String traceparent,
            byte[] body) {
        if (authorization == null || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Uni.createFrom().item(count(topicName, unauthorized("send a Bearer token")));
        }
        String token = authorization.substring(BEARER.length()).strip();
        // Here, because the verifier may answer on another thread.
        SpanContext caller = tracing.caller(traceparent);
        return Uni.createFrom()
                .completionStage(() -> verifier.verify(token)
                        .thenCompose(claims -> accept(
                                claims, topicName, Optional.ofNullable(idempotencyKey), contentType, body, caller)))
                .onFailure()
                .recoverWithItem(failure -> failed(failure))
                .map(response -> count(topicName, response));
    }

    private CompletionStage<Response> accept(
            Claims claims,
            String topicName,
            Optional<String> key,
            String contentType,
            byte[] body,
            SpanContext caller) {
        Optional<EventTopic> topic = EventTopic.of(topicName);
        if (topic.isEmpty()) {
            return done(new Problem(404, "Unknown topic", "topics are " + EventTopic.addresses()));
        }
        if (!publishers.mayPublish(claims.roles(), topic.get())) {
            return done(new Problem(403, "Forbidden", "the token needs a role that may publish on " + topicName));
        }
        if (contentType != null && !MEDIA_TYPES.contains(mediaType(contentType))) {
            return done(new Problem(
                    415, "Unsupported media type", "send application/json or application/cloudevents+json"));
        }
        if (key.isPresent() && (key.get().isEmpty() || key.get().length() > LONGEST_KEY)) {
            return done(new Problem(
                    400, "Invalid request", "send an Idempotency-Key of 1 to " + LONGEST_KEY + " characters"));
        }
        EnvelopeReader.Published published;
        try {
            published = envelopes.read(topic.get(), body).within(caller);
        } catch (InvalidEventException e) {
            return done(new Problem(400, "Invalid event", e.getMessage(), Optional.of(e.field())));
        } catch (TooLargeException e) {
            return done(new Problem(413, "Too large", e.getMessage()));
        }
        // No user can be taken for a service inside the process, whatever the name.
        String publisher = "user " + claims.username();
        CompletionStage<List<String>> ids = key.isPresent()
                ? ingress.publish(publisher, topic.get(), published.envelopes(), key.get(), digest(body))
                : ingress.publish(publisher, topic.get(), published.envelopes());
        return ids.thenApply(list -> accepted(list, published.array()));
    }

    private static CompletionStage<Response> done(Problem problem) {
        return CompletableFuture.completedFuture(problem.response().build());
    }

    private static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static Response accepted(List<String> ids, boolean array) {
        ObjectNode json = MAPPER.createObjectNode();
        if (array) {
            ids.forEach(json.putArray("ids")::add);
        } else {
            json.put("id", ids.getFirst());
        }
        return Response.accepted(json.toString()).build();
    }

    private static Response failed(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return switch (cause) {
            case TokenRejectedException rejected ->
                rejected.reason() == TokenRejectedException.Reason.UNAVAILABLE
                        ? unavailable(rejected.getMessage())
                        : unauthorized(rejected.getMessage());
            case LogFullException full -> unavailable(full.getMessage());
            case Ingress.KeyReusedException reused ->
                new Problem(422, "Key reused", reused.getMessage()).response().build();
            default -> {
                LOG.error("publishing failed", Redacted.of(cause));
                yield new Problem(500, "Internal error", "the event was not accepted, try again")
                        .response()
                        .build();
            }
        };
    }

    private static Response unauthorized(String detail) {
        return new Problem(401, "Unauthorized", detail)
                .response()
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer")
                .build();
    }

    private static Response unavailable(String detail) {
        return new Problem(503, "Unavailable", detail)
                .response()
                .header(HttpHeaders.RETRY_AFTER, 1)
                .build();
    }

    private Response count(String topicName, Response response) {
        if (response.getStatus() != Response.Status.ACCEPTED.getStatusCode()) {
            metrics.refused(tag(topicName), Integer.toString(response.getStatus()));
        }
        return response;
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
