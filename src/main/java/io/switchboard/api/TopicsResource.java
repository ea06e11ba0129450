package io.switchboard.api;

import io.smallrye.mutiny.Uni;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.realtime.HistoryJson;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.hub.Guard;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import io.switchboard.rule.TopicRules;
import io.switchboard.session.Past;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** What was said before on topics, as far as the bearer of the token may hear of it. */
@Singleton
@Path("/api/v1/topics")
@Produces(MediaType.APPLICATION_JSON)
public class TopicsResource {
    private static final int MOST = 1_000;
    private static final int USUAL = 50;

    private final Callers callers;
    private final TopicRules rules;
    private final Past past;

    TopicsResource(Callers callers, TopicRules rules, Past past) {
        this.callers = callers;
        this.rules = rules;
        this.past = past;
    }

    /**
     * The messages of a topic, oldest first: the last ones, those before an offset, or those behind one.
     *
     * @param topic with dots; reserved characters inside a segment percent-encoded, and the whole once more for the path
     * @param limit how many at most, 1 to 1000; fewer where they are large
     * @param before only offsets below
     * @param since only offsets above
     */
    @GET
    @Path("{topic}/history")
    public Uni<String> history(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("topic") String topic,
            @QueryParam("limit") String limit,
            @QueryParam("before") String before,
            @QueryParam("since") String since) {
        return callers.perform(authorization, claims -> page(claims, topic, limit, before, since));
    }

    private CompletionStage<String> page(
            Claims claims, String topicText, String limitText, String beforeText, String sinceText) {
        Topic topic = topic(topicText);
        OptionalLong limit = number(limitText, "limit");
        OptionalLong before = number(beforeText, "before");
        OptionalLong since = number(sinceText, "since");
        if (before.isPresent() && since.isPresent()) {
            throw bad("send before or since, not both");
        }
        if (limit.isPresent() && (limit.getAsLong() < 1 || limit.getAsLong() > MOST)) {
            throw bad("the limit must be a number from 1 to " + MOST);
        }
        if (!rules.maySubscribe(claims, Pattern.of(topic))) {
            throw new ProblemException(Problem.forbidden("the token does not allow this topic"));
        }
        return past.page(
                        topic,
                        claims,
                        publication -> mayHear(claims, publication.guard()),
                        (int) limit.orElse(USUAL),
                        before,
                        since)
                .thenApply((Reply.Past page) -> HistoryJson.of(page));
    }

    private static boolean mayHear(Claims claims, Guard guard) {
        return guard.allows(claims);
    }

    private static Topic topic(String text) {
        try {
            return TopicSyntax.DOTTED.topic(text);
        } catch (InvalidTopicException e) {
            throw new ProblemException(new Problem(400, "Invalid topic", e.getMessage(), Optional.of("topic")));
        }
    }

    private static OptionalLong number(String text, String name) {
        if (text == null) {
            return OptionalLong.empty();
        }
        if (!text.matches("[0-9]{1,18}")) {
            throw bad("send " + name + " as a whole number, or leave it out");
        }
        return OptionalLong.of(Long.parseLong(text));
    }

    private static ProblemException bad(String detail) {
        return new ProblemException(Problem.badRequest(detail));
    }
}
