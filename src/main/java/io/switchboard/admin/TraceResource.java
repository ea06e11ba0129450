package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import jakarta.inject.Singleton;
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
import java.util.concurrent.CompletionStage;

/** Why a recent event did, or did not, arrive. Needs the role of administrators. */
@Singleton
@Path("/api/v1/trace")
@Produces(MediaType.APPLICATION_JSON)
public class TraceResource {
    private final Administration administration;
    private final Traces traces;

    TraceResource(Administration administration, Traces traces) {
        this.administration = administration;
        this.traces = traces;
    }

    /**
     * What became of an event.
     *
     * @param id as whoever published it was told
     * @param user only in the sessions of this user, by login or subject
     * @param session only in this one
     */
    @GET
    @Path("{id}")
    public Uni<EventTrace> show(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("id") @Encoded String id,
            @QueryParam("user") String user,
            @QueryParam("session") String session) {
        return administration.perform(authorization, () -> {
            String event = PathText.decode(id, "id");
            Optional<String> wantedUser = Optional.ofNullable(user).map(text -> PathText.text(text, "user"));
            Optional<UUID> wantedSession = Optional.ofNullable(session).map(text -> PathText.id(text, "session"));
            return new Act<>("trace_event", event, () -> trace(event, wantedUser, wantedSession));
        });
    }

    private CompletionStage<EventTrace> trace(String id, Optional<String> user, Optional<UUID> session) {
        return traces.of(id, user, session).thenApply(found -> {
            Traces.Found known = found.filter(Traces.Found::counted).orElseThrow(TraceResource::unknown);
            if (!known.judged() && (user.isPresent() || session.isPresent())) {
                throw new ProblemException(new Problem(
                        404, "Event not kept", "the log does not have the event any more: only its counts are known"));
            }
            return known.trace();
        });
    }

    private static ProblemException unknown() {
        return new ProblemException(new Problem(
                404,
                "Unknown event",
                "there is no such event, or it is not remembered any more: see switchboard.trace.events"));
    }
}
