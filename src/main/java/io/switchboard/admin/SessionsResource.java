package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.session.SessionFacts;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.Withdrawals;
import jakarta.inject.Singleton;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.Encoded;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The open sessions of this process: who is connected, and ending one of them. Needs the role of administrators. */
@Singleton
@Path("/api/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
public class SessionsResource {
    private final Administration administration;
    private final SessionRegistry registry;
    private final Withdrawals withdrawals;

    SessionsResource(Administration administration, SessionRegistry registry, Withdrawals withdrawals) {
        this.administration = administration;
        this.registry = registry;
        this.withdrawals = withdrawals;
    }

    /**
     * Lists sessions in the order of their ids.
     *
     * @param user only those of this user, by login or subject
     * @param after only ids that follow this one: {@code next} of the page before
     * @param limit how many at most, 1 to 1000
     */
    @GET
    public Uni<SessionPage> list(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @QueryParam("user") String user,
            @QueryParam("after") String after,
            @QueryParam("limit") @DefaultValue("100") String limit) {
        return administration.perform(authorization, () -> {
            Optional<String> wanted = Optional.ofNullable(user).map(text -> PathText.text(text, "user"));
            Optional<UUID> start = Optional.ofNullable(after).map(text -> PathText.id(text, "after"));
            int most = PathText.limit(limit);
            return new Act<>(
                    "list_sessions",
                    wanted.orElse("*"),
                    () -> registry.list(wanted, start, most + 1).thenApply(found -> page(found, most)));
        });
    }

    /** What is known of one session. */
    @GET
    @Path("{id}")
    public Uni<SessionFacts> show(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("id") @Encoded String id) {
        return administration.perform(authorization, () -> {
            UUID wanted = PathText.id(id, "id");
            return new Act<>(
                    "show_session",
                    wanted.toString(),
                    () -> registry.facts(wanted).thenApply(facts -> facts.orElseThrow(SessionsResource::unknown)));
        });
    }

    /**
     * Ends a session: closes it with 4403, refuses the token that it is signed in with until the revocation lapses, and
     * closes what else that token has opened.
     */
    @DELETE
    @Path("{id}")
    public Uni<ActResult> revoke(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("id") @Encoded String id) {
        return administration.perform(authorization, () -> {
            UUID wanted = PathText.id(id, "id");
            return new Act<>(
                    "revoke_session",
                    wanted.toString(),
                    () -> withdrawals
                            .revokeSession(wanted)
                            .thenApply(effect -> ActResult.of(effect.orElseThrow(SessionsResource::unknown))));
        });
    }

    private static ProblemException unknown() {
        return new ProblemException(new Problem(404, "Unknown session", "there is no such session, or not any more"));
    }

    /** @param found one more than the page holds, where there are more */
    private static SessionPage page(List<SessionFacts> found, int most) {
        return found.size() <= most
                ? new SessionPage(found, Optional.empty())
                : new SessionPage(
                        found.subList(0, most), Optional.of(found.get(most - 1).id()));
    }
}
