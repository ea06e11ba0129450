package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.session.Revoker;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionFacts;
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
import java.util.Optional;
import java.util.UUID;

/** The open sessions, in a cluster those of all replicas: who is connected, and ending one of them. Needs the role of administrators. */
@Singleton
@Path("/api/v1/sessions")
@Produces(MediaType.APPLICATION_JSON)
public class SessionsResource {
    private final Administration administration;
    private final SessionDirectory sessions;
    private final Revoker revoker;

    SessionsResource(Administration administration, SessionDirectory sessions, Revoker revoker) {
        this.administration = administration;
        this.sessions = sessions;
        this.revoker = revoker;
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
                    () -> sessions.list(wanted, start, most).thenApply(SessionPage::of));
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
                    () -> sessions.facts(wanted).thenApply(facts -> facts.orElseThrow(SessionsResource::unknown)));
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
                    () -> revoker.revokeSession(wanted)
                            .thenApply(effect -> ActResult.of(effect.orElseThrow(SessionsResource::unknown))));
        });
    }

    private static ProblemException unknown() {
        return new ProblemException(new Problem(404, "Unknown session", "there is no such session, or not any more"));
    }
}
