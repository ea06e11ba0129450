package io.switchboard.hub;

/** Someone who receives publications; called on the event loop of its shard only. */
public interface Subscriber {
    /**
     * Takes a publication for delivery. It must ask the guard itself once more and never block; a subscriber that throws
     * does not keep the others from theirs.
     *
     * @return whether it will be handed over, as far as can be told now
     */
    boolean offer(Publication publication);
}
