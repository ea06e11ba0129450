package io.switchboard.limit;

import io.switchboard.session.UserLimit;
import java.util.concurrent.atomic.AtomicInteger;

/** How many connections there may be: in total, from one address, of one user. 0 switches a bound off. Any thread. */
public final class ConnectionLimits implements UserLimit {
    /** What became of a request for a connection. */
    public enum Admission {
        ADMITTED,
        SERVER_FULL,
        ADDRESS_FULL
    }

    private final int bound;
    private final AtomicInteger connections = new AtomicInteger();
    private final CountedPlaces addresses;
    private final CountedPlaces users;

    public ConnectionLimits(int connections, int perUser, int perAddress) {
        this.bound = connections;
        this.users = new CountedPlaces(perUser);
        this.addresses = new CountedPlaces(perAddress);
    }

    /** Takes a place for a connection; what is {@code ADMITTED} must be given back to {@link #leave}. */
    public Admission enter(String address) {
        if (connections.incrementAndGet() > bound && bound > 0) {
            connections.decrementAndGet();
            return Admission.SERVER_FULL;
        }
        if (!addresses.acquire(address)) {
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

    @Override
    public boolean acquire(String username) {
        return users.acquire(username);
    }

    @Override
    public void release(String username) {
        users.release(username);
    }
}
