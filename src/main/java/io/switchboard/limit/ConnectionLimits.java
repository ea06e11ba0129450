package io.switchboard.limit;

import io.switchboard.session.UserLimit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections there may be: in total, not signed in, from one address, of one user. 0 switches a bound off. Any
 * thread.
 *
 * <p>Those who are not signed in have a bound of their own within the total, so that a crowd that never signs in leaves the
 * other places to those who do.
 */
public final class ConnectionLimits implements UserLimit {
    /** What became of a request for a connection. */
    public enum Admission {
        ADMITTED,
        SERVER_FULL,
        UNAUTHENTICATED_FULL,
        ADDRESS_FULL
    }

    private final int bound;
    private final int unauthenticatedBound;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger unauthenticated = new AtomicInteger();
    private final CountedPlaces addresses;
    private final CountedPlaces users;

    public ConnectionLimits(int connections, int unauthenticated, int perUser, int perAddress) {
        this.bound = connections;
        this.unauthenticatedBound = unauthenticated;
        this.users = new CountedPlaces(perUser);
        this.addresses = new CountedPlaces(perAddress);
    }

    /**
     * Takes a place for a connection, and one of those for connections that are not signed in. What is {@code ADMITTED} must
     * be given back to {@link #leave}, and to {@link #releaseUnauthenticated} as soon as it is signed in or gone.
     */
    public Admission enter(String address) {
        if (!increment(connections, bound)) {
            return Admission.SERVER_FULL;
        }
        if (!acquireUnauthenticated()) {
            connections.decrementAndGet();
            return Admission.UNAUTHENTICATED_FULL;
        }
        if (!addresses.acquire(address)) {
            releaseUnauthenticated();
            connections.decrementAndGet();
            return Admission.ADDRESS_FULL;
        }
        return Admission.ADMITTED;
    }

    /** Gives the place of a connection back. */
    public void leave(String address) {
        connections.decrementAndGet();
        addresses.release(address);
    }

    /** Connections that hold a place. */
    public int connections() {
        return connections.get();
    }

    /** Connections that hold a place and are not signed in. */
    public int unauthenticated() {
        return unauthenticated.get();
    }

    /** Addresses that hold places; 0 where they are not bounded. */
    public int addresses() {
        return addresses.names();
    }

    @Override
    public boolean acquireUnauthenticated() {
        return increment(unauthenticated, unauthenticatedBound);
    }

    @Override
    public void releaseUnauthenticated() {
        unauthenticated.decrementAndGet();
    }

    private static boolean increment(AtomicInteger count, int bound) {
        if (count.incrementAndGet() > bound && bound > 0) {
            count.decrementAndGet();
            return false;
        }
        return true;
    }

    @Override
    public boolean acquire(String username) {
        return users.acquire(username);
    }

    @Override
    public void release(String username) {
        users.release(username);
    }
}
