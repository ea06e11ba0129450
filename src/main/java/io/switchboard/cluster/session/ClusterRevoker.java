package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import io.switchboard.auth.Revocations;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.UnreachableException;
import io.switchboard.cluster.View;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.Causes;
import io.switchboard.failure.Redacted;
import io.switchboard.failure.SilentReplicaException;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Loop;
import io.switchboard.session.Revoker;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.Withdrawals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Takes away what tokens gave on all replicas. An act is first kept for good, with its instant; then every replica is told, and
 * each applies the very same act. If it cannot be kept it counts nowhere.
 *
 * <p>Who missed an act hears of it later: whoever did not answer is told to read the archive until it has, and every replica reads
 * it whenever there is a new view, so also when it comes back after it was cut off.
 */
public final class ClusterRevoker implements Revoker {
    private static final Logger LOG = Logger.getLogger(ClusterRevoker.class);

    private static final String ACT = "revocation.act";
    private static final String RELOAD = "revocation.reload";
    private static final String FIND = "revocation.find";
    private static final String END = "revocation.end";

    /** How long another replica may take to end a session: it keeps an act and asks all others. */
    private static final Duration END_PATIENCE = Duration.ofSeconds(8);

    /** How long to wait until somebody, or the archive, is asked again; doubled each time. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final byte[] NOTHING = {};

    // what became of a session that another replica was to end
    private static final int UNKNOWN = 1;
    private static final int DONE = 2;
    private static final int FULL = 3;
    private static final int NOT_KEPT = 4;

    private final Wire wire;
    private final Membership membership;
    private final Loop loop;
    private final Archivist archivist;
    private final Withdrawals withdrawals;
    private final Revocations revocations;
    private final Others others;

    private volatile boolean current;

    // those of the loop
    private final Set<String> behind = new HashSet<>();
    private boolean chasing;
    private Duration chasePause = FIRST_PAUSE;
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();
    private boolean loading;
    private boolean reloading;
    private Duration reloadPause = FIRST_PAUSE;
    private int depositions;

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param blocking runs what blocks, on virtual threads
     * @param withdrawals of this process
     * @param patience how long to wait for what other replicas have done
     */
    public ClusterRevoker(
            Wire wire,
            Membership membership,
            Loop loop,
            Executor blocking,
            RevocationArchive archive,
            SessionRegistry sessions,
            Withdrawals withdrawals,
            Revocations revocations,
            Duration patience) {
        this.wire = requireNonNull(wire, "wire");
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.archivist = new Archivist(archive, blocking);
        this.withdrawals = requireNonNull(withdrawals, "withdrawals");
        this.revocations = requireNonNull(revocations, "revocations");
        this.others = new Others(wire, membership, patience);
        wire.serve(
                ACT,
                (_, question) -> enforce(RevocationForm.read(question))
                        .thenApply(count -> new MessageWriter().count(count).done()));
        wire.serve(RELOAD, (_, _) -> load().thenApply(_ -> NOTHING));
        wire.serve(FIND, (_, question) -> {
            UUID id = new MessageReader(question).uuid();
            return CompletableFuture.completedStage(
                    new MessageWriter().flag(sessions.holds(id)).done());
        });
        wire.serve(
                END,
                (_, question) -> withdrawals
                        .revokeSession(new MessageReader(question).uuid(), this::take)
                        .handle(ClusterRevoker::ending));
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {}

            @Override
            public void activated(View now) {
                // from now on all others tell this replica of what they do; what they did before is in the archive
                reload();
            }

            @Override
            public void deposed() {
                depositions++;
                current = false;
            }
        });
    }

    // What operators do

    @Override
    public CompletionStage<Effect> withdraw(String user, Entitlement entitlement) {
        return take(revocations.now(new Scope.OfEntitlement(entitlement, Optional.of(user))));
    }

    @Override
    public CompletionStage<Effect> revokeUser(String user) {
        return take(revocations.now(new Scope.OfUser(user)));
    }

    private CompletionStage<Effect> take(Revocation act) {
        if (!revocations.hasRoom(act.scope())) {
            return CompletableFuture.failedFuture(new Withdrawals.FullException());
        }
        return archivist.put(act).thenCompose(_ -> spread(act));
    }

    /** Applies what was kept. */
    private CompletionStage<Effect> spread(Revocation act) {
        CompletionStage<Effect> here = enforce(act)
                .handle((count, failure) ->
                        new Effect(failure == null ? count : 0, revocations.lapse(act), failure != null));
        CompletionStage<Others.Said<Integer>> there = others.all(ACT, RevocationForm.write(act), MessageReader::count);
        return here.thenCombine(there, (effect, said) -> {
            if (said.partial()) {
                if (!membership.acting()) {
                    // there may be others of whom this replica does not know
                    wire.tellAll(RELOAD, NOTHING);
                }
                loop.execute(() -> chase(said.byReplica()));
            }
            int elsewhere = said.byReplica().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            return effect.and(elsewhere, said.partial());
        });
    }

    private CompletionStage<Integer> enforce(Revocation act) {
        return withdrawals.enforce(act).whenComplete((_, failure) -> {
            if (failure != null) {
                LOG.error(
                        "what was taken away is not remembered here: see switchboard.limits.revocations",
                        Redacted.of(Causes.of(failure)));
            }
        });
    }

    @Override
    public CompletionStage<Optional<Effect>> revokeSession(UUID id) {
        return withdrawals
                .revokeSession(id, this::take)
                .thenCompose(
                        effect -> effect.isPresent() ? CompletableFuture.completedFuture(effect) : revokeElsewhere(id));
    }

    private CompletionStage<Optional<Effect>> revokeElsewhere(UUID id) {
        byte[] question = new MessageWriter().uuid(id).done();
        return others.find(FIND, question, (replica, in) -> in.flag() ? Optional.of(replica) : Optional.empty())
                .thenCompose(replica -> replica.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : wire.ask(replica.get(), END, question, END_PATIENCE)
                                .handle(ClusterRevoker::ended)
                                .thenCompose(Function.identity()));
    }

    private static byte[] ending(Optional<Effect> effect, Throwable failure) {
        MessageWriter out = new MessageWriter();
        if (failure == null) {
            out.code(effect.isPresent() ? DONE : UNKNOWN);
            effect.ifPresent(done ->
                    out.count(done.sessions()).maybe(done.until(), out::instant).flag(done.partial()));
            return out.done();
        }
        return switch (Causes.of(failure)) {
            case Withdrawals.FullException _ -> out.code(FULL).done();
            case StoreException _ -> out.code(NOT_KEPT).done();
            default -> throw new CompletionException(failure);
        };
    }

    private static CompletionStage<Optional<Effect>> ended(byte[] answer, Throwable failure) {
        if (failure != null) {
            return CompletableFuture.failedFuture(
                    Causes.of(failure) instanceof UnreachableException ? new SilentReplicaException() : failure);
        }
        MessageReader in = new MessageReader(answer);
        return switch (in.code()) {
            case UNKNOWN -> CompletableFuture.completedFuture(Optional.empty());
            case DONE ->
                CompletableFuture.completedFuture(
                        Optional.of(new Effect(in.count(), in.maybe(in::instant), in.flag())));
            case FULL -> CompletableFuture.failedFuture(new Withdrawals.FullException());
            case NOT_KEPT -> CompletableFuture.failedFuture(new StoreException(StoreException.Reason.UNSHARED));
            default -> throw new UnreadableMessageException();
        };
    }

    // Who missed something

    /** On the loop. Has those read the archive that have not answered, until they have or are gone. */
    private void chase(Map<String, Integer> answered) {
        for (Member member : membership.view().members()) {
            if (!member.id().equals(membership.self()) && !answered.containsKey(member.id())) {
                behind.add(member.id());
            }
        }
        chaseLater();
    }

    private void chaseLater() {
        if (!chasing && !behind.isEmpty()) {
            chasing = true;
            loop.schedule(this::chase, chasePause.toNanos());
        }
    }

    private void chase() {
        // who is gone reads it when it comes back
        behind.removeIf(id -> membership.view().member(id).isEmpty());
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (String id : List.copyOf(behind)) {
            asked.add(wire.ask(id, RELOAD, NOTHING, END_PATIENCE)
                    .handle((_, failure) -> {
                        if (failure == null) {
                            loop.execute(() -> behind.remove(id));
                        }
                        return failure == null;
                    })
                    .toCompletableFuture());
        }
        CompletableFuture<Void> _ = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .whenComplete((_, _) -> loop.execute(() -> {
                    chasing = false;
                    chasePause = behind.isEmpty() ? FIRST_PAUSE : longer(chasePause);
                    chaseLater();
                }));
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }

    // What was done while this replica was not there

    /**
     * Reads the archive, and applies what is not known here. Before that a new replica must not serve anybody; it must be part of
     * the cluster already.
     *
     * @return when every session has heard of it; or a failure with {@link StoreException}, or with
     *     {@link Withdrawals.FullException} where not all of it can be remembered
     */
    public CompletionStage<Void> load() {
        CompletableFuture<Void> loaded = new CompletableFuture<>();
        loop.execute(() -> {
            waiting.add(loaded);
            loadNext();
        });
        return loaded;
    }

    /**
     * Whether what is remembered here is all that was taken away, as far as that can be known: not before it was loaded, and not
     * after this replica was cut off until it was loaded again. Any thread.
     */
    public boolean isCurrent() {
        return current && membership.acting();
    }

    /** The same, also while views change. Any thread. */
    public boolean isLoaded() {
        return current;
    }

    private void loadNext() {
        if (loading || waiting.isEmpty()) {
            return;
        }
        loading = true;
        List<CompletableFuture<Void>> batch = List.copyOf(waiting);
        waiting.clear();
        int depositionsBefore = depositions;
        boolean acting = membership.acting();
        CompletionStage<Void> _ = archivist
                .all()
                .thenCompose(this::enforceAll)
                .whenComplete((_, failure) -> loop.execute(() -> {
                    loading = false;
                    if (failure == null) {
                        // what was read by one that nobody tells may be outdated already
                        current = current || (acting && depositions == depositionsBefore);
                        batch.forEach(one -> one.complete(null));
                    } else {
                        batch.forEach(one -> one.completeExceptionally(Causes.of(failure)));
                    }
                    loadNext();
                }));
    }

    private CompletionStage<Void> enforceAll(List<Revocation> acts) {
        return CompletableFuture.allOf(acts.stream()
                .filter(act -> !revocations.knows(act))
                .map(act -> enforce(act).toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    /** On the loop: loads, again and again until that succeeds or the replica is cut off. */
    private void reload() {
        CompletionStage<Void> _ = load().whenComplete((_, failure) -> {
            if (failure == null) {
                reloadPause = FIRST_PAUSE;
                return;
            }
            LOG.errorf(
                    "what was taken away elsewhere is not known here, and will be read again cause=%s",
                    failure.getClass().getName());
            if (!reloading) {
                reloading = true;
                loop.schedule(
                        () -> {
                            reloading = false;
                            // otherwise it is loaded when the replica is back
                            if (membership.acting()) {
                                reload();
                            }
                        },
                        reloadPause.toNanos());
                reloadPause = longer(reloadPause);
            }
        });
    }
}
