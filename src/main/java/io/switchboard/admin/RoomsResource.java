package io.switchboard.admin;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
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
import java.util.concurrent.atomic.AtomicLong;

/** Chat rooms: which there are, what was said there, and deleting one. Needs the role of administrators. */
@Singleton
@Path("/api/v1/rooms")
@Produces(MediaType.APPLICATION_JSON)
public class RoomsResource {
    /** Messages that are read at once for an export. */
    private static final int EXPORTED_AT_ONCE = 500;

    private final Administration administration;
    private final ChatStore store;

    RoomsResource(Administration administration, ChatStore store) {
        this.administration = administration;
        this.store = store;
    }

    /**
     * Lists rooms in the order of their ids.
     *
     * @param after only ids that follow this one: {@code next} of the page before
     * @param limit how many at most, 1 to 1000
     */
    @GET
    public Uni<RoomPage> list(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @QueryParam("after") String after,
            @QueryParam("limit") @DefaultValue("100") String limit) {
        return administration.perform(authorization, () -> {
            Optional<UUID> start = Optional.ofNullable(after).map(text -> PathText.id(text, "after"));
            int most = PathText.limit(limit);
            return new Act<>(
                    "list_rooms", "*", () -> store.rooms(start, most + 1).thenApply(found -> RoomPage.of(found, most)));
        });
    }

    /** Everything that is kept of a room, oldest first, a line of JSON for each message. */
    @GET
    @Path("{id}/messages")
    @Produces("application/x-ndjson")
    public Multi<RoomLine> export(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("id") @Encoded String id) {
        return administration
                .perform(authorization, () -> {
                    UUID wanted = PathText.id(id, "id");
                    return new Act<>(
                            "export_room",
                            wanted.toString(),
                            () -> store.find(wanted).thenApply(room -> room.orElseThrow(RoomsResource::unknown)));
                })
                .onItem()
                .transformToMulti(this::lines);
    }

    private Multi<RoomLine> lines(Room room) {
        return Multi.createBy()
                .repeating()
                .completionStage(
                        () -> new AtomicLong(),
                        seen -> store.after(room, seen.get(), EXPORTED_AT_ONCE).thenApply(page -> {
                            List<Message> messages = page.messages();
                            if (!messages.isEmpty()) {
                                seen.set(messages.getLast().seq());
                            }
                            return messages;
                        }))
                .until(List::isEmpty)
                .onItem()
                .<Message>disjoint()
                .map(message -> new RoomLine(message.seq(), message.json()));
    }

    /** Deletes a room with everything that was said there. Whoever joins it again finds a new one. */
    @DELETE
    @Path("{id}")
    public Uni<Void> delete(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization, @PathParam("id") @Encoded String id) {
        return administration.perform(authorization, () -> {
            UUID wanted = PathText.id(id, "id");
            return new Act<>(
                    "delete_room",
                    wanted.toString(),
                    () -> store.delete(wanted).thenApply(deleted -> {
                        if (!deleted) {
                            throw unknown();
                        }
                        return null;
                    }));
        });
    }

    private static ProblemException unknown() {
        return new ProblemException(new Problem(404, "Unknown room", "there is no such room, or not any more"));
    }
}
