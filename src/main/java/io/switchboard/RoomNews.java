package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.RoomChange;
import io.switchboard.event.RoomEvent;
import io.switchboard.log.EventLog;
import io.switchboard.trace.Arrival;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Gives what happens in rooms its place in the log. */
final class RoomNews implements ChatRooms.Feed {
    private final EventLog<Arrival> log;

    RoomNews(EventLog<Arrival> log) {
        this.log = requireNonNull(log, "log");
    }

    @Override
    public CompletionStage<?> tell(RoomChange change) {
        return log.append(List.of(new Arrival(new RoomEvent(change), SpanContext.getInvalid(), System.nanoTime())));
    }
}
