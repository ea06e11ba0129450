package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.dialect.Dialects;
import io.switchboard.event.Replay;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.session.Chronicle;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.Trial;
import io.switchboard.session.Verdict;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Fate;
import io.switchboard.trace.Fates;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Why a recent event did, or did not, arrive. Needs the role of administrators. */
@Singleton
@Path("/api/v1/trace")
@Produces(MediaType.APPLICATION_JSON)
public class TraceResource {
    private final Administration administration;
    private final Fates fates;
    private final EventLog<Arrival> log;
    private final Replay replay;
    private final SessionRegistry registry;
    private final Chronicle chronicle;
    private final Dialects dialects;

    TraceResource(
            Administration administration,
            Fates fates,
            EventLog<Arrival> log,
            Replay replay,
            SessionRegistry registry,
            Chronicle chronicle,
            Dialects dialects) {
        this.administration = administration;
        this.fates = fates;
        this.log = log;
        this.replay = replay;
        this.registry = registry;
        this.chronicle = chronicle;
        this.dialects = dialects;
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
        Fate fate = find(id).orElseThrow(TraceResource::unknown);
        Optional<Arrival> kept = log.kept().get(fate.position().offset()).map(Kept.Entry::event);
        if (user.isEmpty() && session.isEmpty()) {
            return CompletableFuture.completedFuture(trace(id, fate, kept, List.of()));
        }
        Arrival arrival = kept.orElseThrow(() -> new ProblemException(new Problem(
                404, "Event not kept", "the log does not have the event any more: only its counts are known")));
        Trial trial = new Trial(
                fate.position().offset(),
                fate.position().placedAt(),
                claims -> replay.of(fate.position(), arrival.event(), claims.views()));
        return registry.verdicts(user, session, trial, chronicle, dialects)
                .thenApply(verdicts -> trace(id, fate, kept, verdicts));
    }

    private static EventTrace trace(String id, Fate fate, Optional<Arrival> kept, List<Verdict> verdicts) {
        return new EventTrace(
                id,
                kept.map(arrival -> arrival.event().topic().address()),
                kept.flatMap(arrival -> Replay.topicOf(arrival.event())).map(Topic::toString),
                fate.position().placedAt(),
                EventTrace.Counts.of(fate),
                fate.lastHandedOver() == 0 ? OptionalLong.empty() : OptionalLong.of(fate.lastHandedOver()),
                verdicts.stream().map(EventTrace.OfSession::of).toList());
    }

    private Optional<Fate> find(String id) {
        int dash = id.lastIndexOf('-');
        try {
            return dash < 0
                    ? Optional.empty()
                    : fates.find(id.substring(0, dash), Long.parseLong(id.substring(dash + 1)));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static ProblemException unknown() {
        return new ProblemException(new Problem(
                404,
                "Unknown event",
                "there is no such event, or it is not remembered any more: see switchboard.trace.events"));
    }
}
