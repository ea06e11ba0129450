package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.WorkQueues;
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

/** Exchanges: which there are, and deleting one. Needs the role of administrators. */
@Singleton
@Path("/api/v1/exchanges")
@Produces(MediaType.APPLICATION_JSON)
public class ExchangesResource {
    private final QueueAdministration administration;
    private final QueueStore store;
    private final WorkQueues queues;

    ExchangesResource(QueueAdministration administration, QueueStore store, WorkQueues queues) {
        this.administration = administration;
        this.store = store;
        this.queues = queues;
    }

    /**
     * Lists exchanges in the order of their names.
     *
     * @param after only names that follow this one: {@code next} of the page before
     * @param limit how many at most, 1 to 1000
     */
    @GET
    public Uni<ExchangePage> list(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @QueryParam("after") @DefaultValue("") String after,
            @QueryParam("limit") @DefaultValue("100") String limit) {
        return administration.perform(authorization, () -> {
            int most = PathText.limit(limit);
            return new Act<>(
                    "list_exchanges",
                    "*",
                    () -> store.exchanges(after, most + 1).thenApply(found -> ExchangePage.of(found, most)));
        });
    }

    /** Deletes an exchange. Its queues stay, with what waits in them; their consumers are told. */
    @DELETE
    @Path("{name}")
    public Uni<Void> delete(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("name") @Encoded String name) {
        return administration.perform(authorization, () -> {
            String wanted = QueueAdministration.name(name);
            return new Act<>(
                    "delete_exchange",
                    wanted,
                    () -> queues.deleteExchange(wanted).thenApply(deleted -> {
                        if (!deleted) {
                            throw QueueAdministration.unknownExchange();
                        }
                        return null;
                    }));
        });
    }
}
