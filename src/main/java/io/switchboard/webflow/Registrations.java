package io.switchboard.webflow;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Brings the authorization of an operation to the one session that waits for it, whichever of the two comes first.
 *
 * <p>Promise: at any time at most one session holds an id. Authorizations of an id reach its holder in the order in which they
 * came, each once, as soon as the holder is ready; what nobody is there to hear is kept for a while, within bounds, and what goes
 * beyond them is counted. What was handed to a session that was lost without a word, its connection broken or its peer silent, is
 * handed to the next one again: it may hear a result that somebody has heard, and so may the operation.
 *
 * <p>Any thread, never blocks; sessions are called while no lock is held, by whichever thread finds something to tell them.
 */
public interface Registrations {
    /**
     * A session wants to wait for an id. Where another one holds it, that one keeps it if its peer answers in time; of several who
     * ask meanwhile, the first that is still there is next.
     *
     * @param registrant to be followed by one {@link #release}, after which it asks for nothing more
     * @return whether it holds the id now; completed on any thread, before it is handed anything. Where that was done before this
     *     returned, what waited for it may have been handed over as well, so act on it at once
     */
    CompletionStage<Boolean> register(WebSocketId id, Registrant registrant);

    /** From now on authorizations are handed to the session. */
    void ready(Registrant registrant);

    /** From now on they are kept; one that is on its way already still arrives. */
    void unready(Registrant registrant);

    /**
     * An operation was authorized, or failed to be.
     *
     * @param operationId what the service calls the operation, where it said so
     * @param result whatever the service calls it
     * @return completes when it is kept or on its way; or fails with {@link io.switchboard.failure.StoreException}: it may be, or not
     */
    CompletionStage<Void> authorize(WebSocketId id, Optional<String> operationId, String result);

    /**
     * Somebody will wait for the id.
     *
     * @param operationId what the service calls the operation, where it said so
     * @return as for {@link #authorize}
     */
    CompletionStage<Void> announce(WebSocketId id, Optional<String> operationId);

    /**
     * A session has ended, and holds nothing any more.
     *
     * @param clean whether the peer said so: what it was handed has arrived
     * @return what it held, in the order in which it asked; never fails
     */
    CompletionStage<List<Registration>> release(Registrant registrant, boolean clean);

    /** Forgets what is over its time; to be called every now and then, so that it takes neither memory nor room. */
    void sweep();

    /** How many ids are held, as far as that is decided here. */
    int registered();

    /** How many authorizations wait for somebody to hear them, as far as that is decided here. */
    int kept();

    /** How many ids are announced, as far as that is decided here. */
    int announced();
}
