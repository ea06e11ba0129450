package io.switchboard.admin;

import io.switchboard.dialect.Dialects;
import io.switchboard.event.Replay;
import io.switchboard.hub.Topic;
import io.switchboard.log.EventLog;
import io.switchboard.log.Kept;
import io.switchboard.log.Position;
import io.switchboard.session.Chronicle;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.Trial;
import io.switchboard.session.Verdict;
import io.switchboard.trace.Arrival;
import io.switchboard.trace.Fate;
import io.switchboard.trace.Fates;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What became of events in the sessions of this process. */
@Singleton
@Typed(ProcessTraces.class)
public final class ProcessTraces implements Traces {
    private final Fates fates;
    private final EventLog<Arrival> log;
    private final Replay replay;
    private final SessionRegistry registry;
    private final Chronicle chronicle;
    private final Dialects dialects;

    ProcessTraces(
            Fates fates,
            EventLog<Arrival> log,
            Replay replay,
            SessionRegistry registry,
            Chronicle chronicle,
            Dialects dialects) {
        this.fates = fates;
        this.log = log;
        this.replay = replay;
        this.registry = registry;
        this.chronicle = chronicle;
        this.dialects = dialects;
    }

    /** The place that an id names. */
    private record Place(String epoch, long offset) {
        static Optional<Place> of(String id) {
            int dash = id.lastIndexOf('-');
            try {
                return dash < 0
                        ? Optional.empty()
                        : Optional.of(new Place(id.substring(0, dash), Long.parseLong(id.substring(dash + 1))));
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        }
    }

    @Override
    public CompletionStage<Optional<Found>> of(String id, Optional<String> user, Optional<UUID> session) {
        Optional<Place> place = Place.of(id);
        Optional<Fate> fate = place.flatMap(one -> fates.find(one.epoch(), one.offset()));
        Optional<Kept.Entry<Arrival>> kept = place.flatMap(one -> log.kept()
                .get(one.offset())
                .filter(entry -> entry.position().epoch().equals(one.epoch())));
        Optional<Position> position = fate.map(Fate::position).or(() -> kept.map(Kept.Entry::position));
        if (position.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (kept.isEmpty() || (user.isEmpty() && session.isEmpty())) {
            return CompletableFuture.completedFuture(
                    Optional.of(found(id, position.get(), fate, kept.map(Kept.Entry::event), List.of())));
        }
        Arrival arrival = kept.get().event();
        Trial trial = new Trial(
                position.get().offset(),
                position.get().placedAt(),
                claims -> replay.of(position.get(), arrival.event(), claims.views()));
        return registry.verdicts(user, session, trial, chronicle, dialects)
                .thenApply(verdicts -> Optional.of(found(id, position.get(), fate, Optional.of(arrival), verdicts)));
    }

    private static Found found(
            String id, Position position, Optional<Fate> fate, Optional<Arrival> kept, List<Verdict> verdicts) {
        EventTrace trace = new EventTrace(
                id,
                kept.map(arrival -> arrival.event().topic().address()),
                kept.flatMap(arrival -> Replay.topicOf(arrival.event())).map(Topic::toString),
                position.placedAt(),
                fate.map(EventTrace.Counts::of).orElse(EventTrace.Counts.NONE),
                fate.filter(one -> one.lastHandedOver() != 0)
                        .map(one -> OptionalLong.of(one.lastHandedOver()))
                        .orElse(OptionalLong.empty()),
                verdicts.stream().map(EventTrace.OfSession::of).toList(),
                false);
        return new Found(trace, fate.isPresent(), kept.isPresent());
    }
}
