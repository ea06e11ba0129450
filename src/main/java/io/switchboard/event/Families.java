package io.switchboard.event;

import io.switchboard.hub.Publication;
import io.switchboard.log.Position;
import java.util.List;
import java.util.Optional;

/** What events become, by the rules of their families; those of trees, which each view sees differently, apart. Any thread. */
final class Families {
    /** What an event became. */
    sealed interface Outcome {}

    /** @param publications all that it became, in their order */
    record Published(List<Publication> publications) implements Outcome {
        public Published {
            publications = List.copyOf(publications);
        }

        private Published(Publication one) {
            this(List.of(one));
        }
    }

    /** @param reason why it concerns nobody */
    record Dropped(DropReason reason) implements Outcome {}

    private final DeliveryPolicies deliveries;
    private final MessageFamily messages;
    private final RoomFamily rooms;

    Families(MessageFamily messages, RoomFamily rooms) {
        this.deliveries = messages.deliveries();
        this.messages = messages;
        this.rooms = rooms;
    }

    /** @throws IllegalArgumentException a tree event, or what is no event yet */
    Outcome of(Position position, Event event) {
        return switch (event) {
            case TreeEvent _ -> throw new IllegalArgumentException("a tree event has its own router");
            case RoomRequest _, OperationRequest _ ->
                throw new IllegalArgumentException("a request is carried out first");
            case RoomEvent room ->
                new Published(rooms.publications(position, room.change()).stream()
                        .map(deliveries::decide)
                        .toList());
            case JobEvent job -> new Published(deliveries.decide(JobFamily.publication(position, job)));
            case IdmEvent idm ->
                IdmFamily.publication(position, idm)
                        .<Outcome>map(publication -> new Published(deliveries.decide(publication)))
                        .orElseGet(() -> new Dropped(DropReason.NO_AUDIENCE));
            case MessageEvent message -> new Published(messages.publication(position, message));
            case ActivityEvent activity -> {
                Optional<DropReason> reason = ActivityFamily.dropReason(activity);
                yield reason.isPresent()
                        ? new Dropped(reason.get())
                        : new Published(deliveries.decide(ActivityFamily.publication(position, activity)));
            }
        };
    }
}
