package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Wire;
import io.switchboard.service.Grant;
import io.switchboard.service.SubscriptionChange;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionFacts;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** The open sessions of all replicas. Any thread, never blocks. */
public final class ClusterSessions implements SessionDirectory {
    private static final String LIST = "session.list";
    private static final String FACTS = "session.facts";
    private static final String CHANGE = "session.change";

    /** Sessions in one answer. */
    private static final int MOST = 1_000;

    private final String self;
    private final SessionDirectory here;
    private final Others others;

    /**
     * To be made before the cluster is joined.
     *
     * @param here those of this process
     * @param patience how long to wait for other replicas
     */
    public ClusterSessions(Wire wire, Membership membership, SessionDirectory here, Duration patience) {
        this.self = membership.self();
        this.here = requireNonNull(here, "here");
        this.others = new Others(wire, membership, patience);
        wire.serve(LIST, (_, question) -> list(new MessageReader(question)));
        wire.serve(
                FACTS,
                (_, question) -> here.facts(new MessageReader(question).uuid()).thenApply(facts -> {
                    MessageWriter out = new MessageWriter();
                    return out.maybe(facts, one -> write(out, one)).done();
                }));
        wire.serve(CHANGE, (_, question) -> change(new MessageReader(question)));
    }

    // Lists

    @Override
    public CompletionStage<Page> list(Optional<String> user, Optional<UUID> after, int limit) {
        MessageWriter question = new MessageWriter();
        question.maybe(user, question::text).maybe(after, question::uuid).count(limit);
        CompletionStage<Others.Said<Page>> elsewhere = others.all(LIST, question.done(), ClusterSessions::page);
        return here.list(user, after, limit).thenCombine(elsewhere, (page, said) -> merge(page, said, limit));
    }

    private CompletionStage<byte[]> list(MessageReader question) {
        Optional<String> user = question.maybe(question::text);
        Optional<UUID> after = question.maybe(question::uuid);
        int limit = question.count();
        if (limit < 1 || limit > MOST) {
            throw new UnreadableMessageException();
        }
        return here.list(user, after, limit)
                .thenApply(page -> new MessageWriter()
                        .part(page.sessions(), ClusterSessions::write)
                        .flag(page.more())
                        .done());
    }

    private static Page page(MessageReader in) {
        MessageReader.Part<SessionFacts> part = in.part(() -> facts(in));
        return new Page(part.items(), in.flag() || !part.complete(), false);
    }

    private Page merge(Page page, Others.Said<Page> said, int limit) {
        Collection<Page> pages = Stream.concat(Stream.of(page), said.byReplica().values().stream())
                .toList();
        // behind the last that a replica has told there may be others of its own: whoever follows is for the next page
        Optional<UUID> end = pages.stream()
                .filter(one -> one.more() && !one.sessions().isEmpty())
                .map(one -> one.sessions().getLast().id())
                .min(Comparator.naturalOrder());
        List<SessionFacts> all = Stream.concat(
                        at(self, page),
                        said.byReplica().entrySet().stream().flatMap(one -> at(one.getKey(), one.getValue())))
                .filter(one -> end.isEmpty() || one.id().compareTo(end.get()) <= 0)
                .sorted(Comparator.comparing(SessionFacts::id))
                .toList();
        boolean more = all.size() > limit || end.isPresent();
        return new Page(all.stream().limit(limit).toList(), more, said.partial());
    }

    private static Stream<SessionFacts> at(String replica, Page page) {
        return page.sessions().stream().map(one -> one.at(replica));
    }

    // One session

    @Override
    public CompletionStage<Optional<SessionFacts>> facts(UUID id) {
        return here.facts(id)
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedFuture(found.map(one -> one.at(self)))
                        : others.find(
                                FACTS,
                                new MessageWriter().uuid(id).done(),
                                (replica, in) -> in.maybe(() -> facts(in)).map(one -> one.at(replica))));
    }

    private static void write(MessageWriter out, SessionFacts facts) {
        out.uuid(facts.id())
                .maybe(facts.user(), out::text)
                .maybe(facts.subject(), out::text)
                .maybe(facts.dialect(), out::text)
                .instant(facts.since())
                .maybe(facts.expiresAt(), out::instant)
                .text(facts.address())
                .count(facts.subscriptions())
                .number(facts.queuedBytes());
    }

    private static SessionFacts facts(MessageReader in) {
        return new SessionFacts(
                in.uuid(),
                in.maybe(in::text),
                in.maybe(in::text),
                in.maybe(in::text),
                in.instant(),
                in.maybe(in::instant),
                in.text(),
                in.count(),
                in.number(),
                Optional.empty());
    }

    // Changes

    @Override
    public CompletionStage<Optional<Integer>> change(UUID id, SubscriptionChange change, Optional<Grant> grant) {
        MessageWriter question = new MessageWriter();
        question.uuid(id)
                .texts(change.subscribe())
                .texts(change.unsubscribe())
                .maybe(grant, one -> question.texts(one.patterns()).instant(one.expiresAt()));
        return here.change(id, change, grant)
                .thenCompose(done -> done.isPresent()
                        ? CompletableFuture.completedFuture(done)
                        : others.find(CHANGE, question.done(), (_, in) -> in.maybe(in::count)));
    }

    private CompletionStage<byte[]> change(MessageReader question) {
        UUID id = question.uuid();
        SubscriptionChange change = new SubscriptionChange(question.texts(), question.texts());
        Optional<Grant> grant = question.maybe(() -> new Grant(question.texts(), question.instant()));
        return here.change(id, change, grant).thenApply(done -> {
            MessageWriter out = new MessageWriter();
            return out.maybe(done, out::count).done();
        });
    }
}
