package io.switchboard.cluster.state;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.View;
import io.switchboard.hub.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whether this replica decides about a key, and knows by now what all replicas have to do with it. To be made before the
 * {@link io.switchboard.cluster.Owned} that it goes with, so that it hears of changes first. Asked on any thread.
 */
final class Tenure {
    /** More changes in a row, and a key counts as new whoever owned it. */
    private static final int MOST_VIEWS = 16;

    private final Membership membership;
    private final Duration patience;
    private final Runnable settled;

    /** The view in which all had said what they have to do with what is owned here, and those that followed. */
    private volatile List<View> views = List.of(View.NONE);

    /**
     * @param patience how long to wait until all have said so: what is not known then is done without
     * @param settled called on the loop when that is so
     */
    Tenure(Membership membership, Loop loop, Duration patience, Runnable settled) {
        this.membership = requireNonNull(membership, "membership");
        requireNonNull(loop, "loop");
        this.patience = requireNonNull(patience, "patience");
        this.settled = requireNonNull(settled, "settled");
        membership.listen(new Membership.Listener() {
            @Override
            public void viewed(View before, View now) {
                Tenure.this.viewed(now);
            }

            @Override
            public void activated(View now) {
                loop.schedule(() -> settle(now), Tenure.this.patience.toNanos());
            }

            @Override
            public void deposed() {
                views = List.of(View.NONE);
            }
        });
    }

    private void viewed(View now) {
        List<View> all = new ArrayList<>(views.size() >= MOST_VIEWS ? List.of(View.NONE) : views);
        all.add(now);
        views = List.copyOf(all);
    }

    /** All have said what they have to do with what this replica owns. On the loop. */
    void settle() {
        settle(membership.view());
    }

    private void settle(View view) {
        if (membership.acting()
                && membership.view().version() == view.version()
                && (views.size() > 1 || views.getFirst().version() != view.version())) {
            views = List.of(view);
            settled.run();
        }
    }

    /** Whether this replica decides about the key at this instant. */
    boolean mine(String key) {
        return membership.acting() && isOwner(membership.view(), key);
    }

    /** The same, and whether it has heard of all that has to do with it. */
    boolean knows(String key) {
        return mine(key) && views.stream().allMatch(view -> isOwner(view, key));
    }

    private boolean isOwner(View view, String key) {
        Optional<Member> self = membership.view().member(membership.self());
        return self.isPresent() && view.ownerOf(key).equals(self);
    }
}
