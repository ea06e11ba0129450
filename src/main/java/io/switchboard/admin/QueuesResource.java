package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.queue.QueueStore;
import io.switchboard.queue.QueueStore.QueueFacts;
import io.switchboard.queue.WorkQueues;
import jakarta.inject.Singleton;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.Encoded;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;

/**
 * Work queues: which there are, what waits in them, and putting right what went wrong there. Never shows what messages say. Needs the
 * role of administrators.
 */
@Singleton
@Path("/api/v1/queues")
@Produces(MediaType.APPLICATION_JSON)
public class QueuesResource {
    private final QueueAdministration administration;
    private final QueueStore store;
    private final WorkQueues queues;

    QueuesResource(QueueAdministration administration, QueueStore store, WorkQueues queues) {
        this.administration = administration;
        this.store = store;
        this.queues = queues;
    }

    /**
     * Lists queues in the order of their names.
     *
     * @param after only names that follow this one: {@code next} of the page before
     * @param limit how many at most, 1 to 1000
     */
    @GET
    public Uni<QueuePage> list(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @QueryParam("after") @DefaultValue("") String after,
            @QueryParam("limit") @DefaultValue("100") String limit) {
        return administration.perform(authorization, () -> {
            int most = PathText.limit(limit);
            return new Act<>(
                    "list_queues",
                    "*",
                    () -> store.queues(after, most + 1)
                            .thenCompose(found -> queues.consumers(
                                            found.stream().map(QueueFacts::name).toList())
                                    .thenApply(counts ->
                                            QueuePage.of(found, most, name -> counts.getOrDefault(name, 0)))));
        });
    }

    /**
     * What waits in a queue, or is being done, lowest number first: who sent it and when, and nothing of what it says.
     *
     * @param dead {@code true}: its dead letters instead
     * @param after only numbers that follow this one: {@code next} of the page before
     * @param limit how many at most, 1 to 1000
     */
    @GET
    @Path("{name}/messages")
    public Uni<QueuedPage> peek(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("name") @Encoded String name,
            @QueryParam("dead") @DefaultValue("false") String dead,
            @QueryParam("after") @DefaultValue("0") String after,
            @QueryParam("limit") @DefaultValue("100") String limit) {
        return administration.perform(authorization, () -> {
            String wanted = QueueAdministration.name(name);
            boolean ofDead = QueueAdministration.isDead(dead);
            long start = QueueAdministration.number(after);
            int most = PathText.limit(limit);
            return new Act<>(
                    ofDead ? "list_dead_letters" : "list_queued",
                    wanted,
                    () -> store.peek(wanted, ofDead, start, most + 1)
                            .thenApply(found ->
                                    QueuedPage.of(found.orElseThrow(QueueAdministration::unknownQueue), most)));
        });
    }

    /**
     * Deletes what waits in a queue. What a consumer has stays.
     *
     * @param dead {@code true}: its dead letters instead
     */
    @DELETE
    @Path("{name}/messages")
    public Uni<QueueActResult> purge(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("name") @Encoded String name,
            @QueryParam("dead") @DefaultValue("false") String dead) {
        return administration.perform(authorization, () -> {
            String wanted = QueueAdministration.name(name);
            boolean ofDead = QueueAdministration.isDead(dead);
            return new Act<>(
                    ofDead ? "purge_dead_letters" : "purge_queue",
                    wanted,
                    () -> queues.purge(wanted, ofDead).thenApply(QueuesResource::result));
        });
    }

    /**
     * Puts dead letters back to where they were, as if nobody had been given them, lowest number first.
     *
     * @param limit how many at most, 1 to 1000
     */
    @POST
    @Path("{name}/dead-letters/requeue")
    public Uni<QueueActResult> requeue(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("name") @Encoded String name,
            @QueryParam("limit") @DefaultValue("1000") String limit) {
        return administration.perform(authorization, () -> {
            String wanted = QueueAdministration.name(name);
            int most = PathText.limit(limit);
            return new Act<>(
                    "requeue_dead_letters",
                    wanted,
                    () -> queues.requeue(wanted, most).thenApply(QueuesResource::result));
        });
    }

    private static QueueActResult result(Optional<Integer> messages) {
        return new QueueActResult(messages.orElseThrow(QueueAdministration::unknownQueue));
    }

    /** Deletes a queue with everything in it. Its consumers are told, and what they have is nobody's any more. */
    @DELETE
    @Path("{name}")
    public Uni<Void> delete(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("name") @Encoded String name) {
        return administration.perform(authorization, () -> {
            String wanted = QueueAdministration.name(name);
            return new Act<>(
                    "delete_queue",
                    wanted,
                    () -> queues.deleteQueue(wanted).thenApply(deleted -> {
                        if (!deleted) {
                            throw QueueAdministration.unknownQueue();
                        }
                        return null;
                    }));
        });
    }
}
