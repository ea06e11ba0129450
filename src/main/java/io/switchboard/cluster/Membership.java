package io.switchboard.cluster;

/**
 * Who is in the cluster, and whether this replica may decide about what it owns.
 *
 * <p>Promise: of two replicas never both act as the owner of one key. Whoever gains a key waits until all others have seen the view
 * that says so; whoever cannot renew its lease stops acting before anybody may leave it out. This holds as long as clocks that
 * measure intervals run at about the same speed, and what was begun before the lease ended is finished soon.
 */
public interface Membership {
    /** The id of this replica: another one each time the process starts. */
    String self();

    /** The newest view that is known here. Any thread. */
    View view();

    /** Whether this replica may decide, at this instant, about what it owns by the {@link #view}. Any thread. */
    boolean acting();

    /** Hears of every change; all calls come on the loop of the cluster, in order. Said before the cluster is joined. */
    void listen(Listener listener);

    /** What happens to the cluster, as this replica sees it. */
    interface Listener {
        /** There is a new view. The replica does not act until it is told to. */
        void viewed(View before, View now);

        /** From now on this replica decides about what it owns in this view: nobody else does any more. */
        void activated(View now);

        /** The lease is over: from now on this replica decides about nothing, and others may. */
        void deposed();
    }
}
