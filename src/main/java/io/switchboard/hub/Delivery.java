package io.switchboard.hub;

/**
 * An event on its way from the log to the sockets, as whoever measures or traces it sees it. Each shard that is visited is
 * one leg of the way, so nothing of this is paid for each receiver.
 */
public interface Delivery {
    /** What the current thread posts for; who routes an event need not hand it on. Unbound: nobody watches. */
    ScopedValue<Delivery> CURRENT = ScopedValue.newInstance();

    /** A shard begins to look for receivers; on its loop. */
    Leg begin(int shard);

    /** One shard's part. Called on the shard's loop: first {@link #offered}, then at most one of the others. */
    interface Leg {
        /**
         * The shard's subscribers were offered what the event became.
         *
         * @param publications that had subscribers here
         * @param receivers who took them, counted for each publication; 0: nothing more will be said of this leg
         */
        void offered(int publications, int receivers);

        /** The sockets of all receivers have been given as much as they take at the moment. */
        void handedOver();

        /** Too many legs are under way to say when this one ends. */
        void lost();
    }
}
