package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.admin.EventTrace;
import io.switchboard.admin.Traces;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.SilentReplicaException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** What became of events in the sessions of all replicas. Any thread, never blocks. */
public final class ClusterTraces implements Traces {
    private static final String TRACE = "event.trace";

    private final Traces here;
    private final Others others;

    /**
     * To be made before the cluster is joined.
     *
     * @param here in those of this process
     * @param patience how long to wait for other replicas
     */
    public ClusterTraces(Wire wire, Membership membership, Traces here, Duration patience) {
        this.here = requireNonNull(here, "here");
        this.others = new Others(wire, membership, patience);
        wire.serve(TRACE, (_, question) -> {
            MessageReader in = new MessageReader(question);
            return here.of(in.text(), in.maybe(in::text), in.maybe(in::uuid)).thenApply(found -> {
                MessageWriter out = new MessageWriter();
                return out.maybe(found, one -> write(out, one)).done();
            });
        });
    }

    @Override
    public CompletionStage<Optional<Found>> of(String id, Optional<String> user, Optional<UUID> session) {
        MessageWriter question = new MessageWriter();
        question.text(id).maybe(user, question::text).maybe(session, question::uuid);
        boolean ofSessions = user.isPresent() || session.isPresent();
        return here.of(id, user, session)
                .thenCombine(
                        others.all(TRACE, question.done(), in -> in.maybe(() -> found(in, id))),
                        (found, said) -> merge(found, said, ofSessions));
    }

    private static Optional<Found> merge(Optional<Found> here, Others.Said<Optional<Found>> said, boolean ofSessions) {
        List<Optional<Found>> all = Stream.concat(Stream.of(here), said.byReplica().values().stream())
                .toList();
        // who does not have the event any more cannot say what became of it in a session
        boolean unjudged = ofSessions
                && all.stream().anyMatch(one -> one.filter(Found::judged).isEmpty());
        Optional<Found> merged = all.stream()
                .flatMap(Optional::stream)
                .reduce(ClusterTraces::merge)
                .map(found -> new Found(
                        partial(found.trace(), said.partial() || (unjudged && found.judged())),
                        found.counted(),
                        found.judged()));
        if (merged.filter(Found::counted).isEmpty() && said.partial()) {
            throw new SilentReplicaException();
        }
        return merged;
    }

    private static EventTrace partial(EventTrace trace, boolean orPartial) {
        return new EventTrace(
                trace.id(),
                trace.topic(),
                trace.about(),
                trace.acceptedAt(),
                trace.counts(),
                trace.lastHandedOverAt(),
                trace.sessions(),
                trace.partial() || orPartial);
    }

    private static Found merge(Found one, Found other) {
        EventTrace first = one.trace();
        EventTrace second = other.trace();
        EventTrace both = new EventTrace(
                first.id(),
                first.topic().or(second::topic),
                first.about().or(second::about),
                first.acceptedAt(),
                first.counts().and(second.counts()),
                later(first.lastHandedOverAt(), second.lastHandedOverAt()),
                Stream.concat(first.sessions().stream(), second.sessions().stream())
                        .toList(),
                first.partial() || second.partial());
        return new Found(both, one.counted() || other.counted(), one.judged() || other.judged());
    }

    private static OptionalLong later(OptionalLong one, OptionalLong other) {
        return one.isPresent() && (other.isEmpty() || one.getAsLong() > other.getAsLong()) ? one : other;
    }

    private static void write(MessageWriter out, Found found) {
        EventTrace trace = found.trace();
        EventTrace.Counts counts = trace.counts();
        out.flag(found.counted())
                .flag(found.judged())
                .maybe(trace.topic(), out::text)
                .maybe(trace.about(), out::text)
                .number(trace.acceptedAt())
                .count(counts.visited())
                .count(counts.refused())
                .count(counts.leftOut())
                .count(counts.queued())
                .count(counts.handedOver())
                .count(counts.replaced())
                .count(counts.dropped())
                .count(counts.waiting())
                .number(trace.lastHandedOverAt().orElse(0))
                .part(
                        trace.sessions(),
                        (part, one) -> part.text(one.session())
                                .text(one.user())
                                .text(one.dialect())
                                .text(one.outcome()));
    }

    private static Found found(MessageReader in, String id) {
        boolean counted = in.flag();
        boolean judged = in.flag();
        Optional<String> topic = in.maybe(in::text);
        Optional<String> about = in.maybe(in::text);
        long acceptedAt = in.number();
        EventTrace.Counts counts = new EventTrace.Counts(
                in.count(), in.count(), in.count(), in.count(), in.count(), in.count(), in.count(), in.count());
        long last = in.number();
        MessageReader.Part<EventTrace.OfSession> sessions =
                in.part(() -> new EventTrace.OfSession(in.text(), in.text(), in.text(), in.text()));
        return new Found(
                new EventTrace(
                        id,
                        topic,
                        about,
                        acceptedAt,
                        counts,
                        last == 0 ? OptionalLong.empty() : OptionalLong.of(last),
                        sessions.items(),
                        !sessions.complete()),
                counted,
                judged);
    }
}
