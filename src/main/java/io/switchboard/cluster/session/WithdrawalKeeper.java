package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Revocation;
import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.View;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Keeps what events took away for replicas that start when the log does not have these events any more. Every replica hears of the
 * events from the log and remembers the last of them; one keeps them for good, and whoever takes its place does so again with what
 * it remembers.
 */
public final class WithdrawalKeeper implements Consumer<Revocation> {
    private static final Logger LOG = Logger.getLogger(WithdrawalKeeper.class);

    /** Whose owner keeps them. */
    private static final String KEY = "idm";

    private static final int MOST_WAITING = 1_000;

    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Membership membership;
    private final Loop loop;
    private final Archivist archivist;

    // those of the loop
    private final Deque<Revocation> waiting = new ArrayDeque<>();
    private boolean writing;

    /**
     * To be made before the cluster is joined.
     *
     * @param loop of the cluster
     * @param blocking runs what blocks, on virtual threads
     */
    public WithdrawalKeeper(Membership membership, Loop loop, Executor blocking, RevocationArchive archive) {
        this.membership = requireNonNull(membership, "membership");
        this.loop = requireNonNull(loop, "loop");
        this.archivist = new Archivist(archive, blocking);
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {}

            @Override
            public void activated(View now) {
                keepNext();
            }

            @Override
            public void deposed() {}
        });
    }

    /** An event took something away from everybody. Any thread, never blocks. */
    @Override
    public void accept(Revocation act) {
        loop.execute(() -> {
            waiting.add(act);
            if (waiting.size() > MOST_WAITING) {
                Revocation _ = waiting.remove();
                if (isOwner()) {
                    LOG.warn(
                            "too many withdrawals wait to be kept: one is not, and a replica that starts later than the log"
                                    + " reaches back will not know it");
                }
            }
            keepNext();
        });
    }

    private boolean isOwner() {
        Optional<Member> owner = membership.view().ownerOf(KEY);
        return membership.acting()
                && owner.map(member -> member.id().equals(membership.self())).orElse(false);
    }

    private void keepNext() {
        if (writing || waiting.isEmpty() || !isOwner()) {
            return;
        }
        writing = true;
        Revocation act = waiting.element();
        CompletionStage<Void> _ = archivist
                .put(act)
                .whenComplete((_, failure) -> loop.execute(() -> {
                    if (failure == null) {
                        writing = false;
                        boolean _ = waiting.remove(act);
                        keepNext();
                    } else {
                        loop.schedule(
                                () -> {
                                    writing = false;
                                    keepNext();
                                },
                                PAUSE.toNanos());
                    }
                }));
    }
}
