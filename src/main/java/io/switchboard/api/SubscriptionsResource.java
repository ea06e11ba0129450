package io.switchboard.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.smallrye.mutiny.Uni;
import io.switchboard.auth.Claims;
import io.switchboard.event.EventTopic;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.ingress.Publishers;
import io.switchboard.service.Grant;
import io.switchboard.service.SubscriptionChange;
import io.switchboard.session.SessionDirectory;
import jakarta.inject.Singleton;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** Lets an internal service say what a session hears of. */
@Singleton
@Path("/api/v1/sessions/{id}/subscriptions")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class SubscriptionsResource {
    private static final int MOST = 1_000;

    /** Characters of all patterns together: another replica must be able to hear of them in one message. */
    private static final int MOST_CHARACTERS = 256 * 1024;

    /**
     * What is to change.
     *
     * @param subscribe patterns; those that neither a rule nor a grant allows to the session are left out
     * @param unsubscribe patterns
     * @param grant topics that the session may subscribe to for a time
     */
    public record Change(List<String> subscribe, List<String> unsubscribe, Opened grant) {}

    /**
     * Topics that a session may subscribe to for a time.
     *
     * @param topics patterns
     * @param expiresAt when that ends, in milliseconds since 1970
     */
    public record Opened(
            List<String> topics, @JsonProperty("expires_at") Long expiresAt) {}

    /**
     * What became of it.
     *
     * @param subscriptions how many patterns the session is subscribed to now
     */
    public record Changed(int subscriptions) {}

    private final Callers callers;
    private final Publishers publishers;
    private final SessionDirectory sessions;

    SubscriptionsResource(Callers callers, Publishers publishers, SessionDirectory sessions) {
        this.callers = callers;
        this.publishers = publishers;
        this.sessions = sessions;
    }

    /** Changes the subscriptions of one session. Needs a role that may publish on {@code publish}. */
    @PUT
    public Uni<Changed> change(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("id") String id, Change change) {
        return callers.perform(authorization, claims -> change(claims, id, change));
    }

    private CompletionStage<Changed> change(Claims claims, String id, Change change) {
        if (!publishers.mayPublish(claims.roles(), EventTopic.PUBLISH)) {
            throw new ProblemException(Problem.forbidden("the token needs a role that may publish on publish"));
        }
        if (change == null) {
            throw bad("send subscribe, unsubscribe or grant", "");
        }
        UUID session = id(id);
        SubscriptionChange subscriptions = new SubscriptionChange(
                patterns(change.subscribe(), "subscribe"), patterns(change.unsubscribe(), "unsubscribe"));
        Optional<Grant> grant = Optional.ofNullable(change.grant()).map(SubscriptionsResource::grant);
        long characters = Stream.of(
                        subscriptions.subscribe(),
                        subscriptions.unsubscribe(),
                        grant.map(Grant::patterns).orElse(List.of()))
                .flatMap(List::stream)
                .mapToLong(String::length)
                .sum();
        if (characters > MOST_CHARACTERS) {
            throw bad("send patterns of at most " + MOST_CHARACTERS + " characters together", "");
        }
        return sessions.change(session, subscriptions, grant)
                .thenApply(active -> active.map(Changed::new)
                        .orElseThrow(() -> new ProblemException(new Problem(
                                404, "Unknown session", "there is no such session that has subscriptions"))));
    }

    private static Grant grant(Opened opened) {
        if (opened.expiresAt() == null || opened.expiresAt() < 0) {
            throw bad("send when the grant ends, in milliseconds since 1970", "grant.expires_at");
        }
        return new Grant(patterns(opened.topics(), "grant.topics"), Instant.ofEpochMilli(opened.expiresAt()));
    }

    private static List<String> patterns(List<String> texts, String field) {
        if (texts == null) {
            return List.of();
        }
        if (texts.size() > MOST || texts.stream().anyMatch(Objects::isNull)) {
            throw bad("send at most " + MOST + " patterns", field);
        }
        for (String text : texts) {
            try {
                TopicSyntax.DOTTED.pattern(text);
            } catch (InvalidTopicException e) {
                // how it is read the dialect of the session decides
                if (!isSlashed(text)) {
                    throw bad(e.getMessage(), field);
                }
            }
        }
        return texts;
    }

    private static boolean isSlashed(String text) {
        try {
            return text.indexOf(TopicSyntax.SLASHED.separator()) >= 0
                    && !TopicSyntax.SLASHED.pattern(text).segments().isEmpty();
        } catch (InvalidTopicException _) {
            return false;
        }
    }

    private static UUID id(String text) {
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException _) {
            throw bad("send the id of a session: a UUID", "id");
        }
    }

    private static ProblemException bad(String detail, String field) {
        return new ProblemException(
                new Problem(400, "Invalid request", detail, Optional.of(field).filter(name -> !name.isEmpty())));
    }
}
