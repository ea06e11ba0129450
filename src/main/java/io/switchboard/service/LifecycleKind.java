package io.switchboard.service;

import java.util.Arrays;
import java.util.Optional;

/** What services are told about sessions. */
enum LifecycleKind {
    OPENED("session.opened"),
    AUTHENTICATED("user.authenticated"),
    CLOSED("session.closed"),
    /** In the words of Flamigo, and on the event bus only: the name of the user follows. */
    DISCONNECTED("user/disconnected/");

    private final String address;

    LifecycleKind(String address) {
        this.address = address;
    }

    /** Its name, and its address on the event bus; of one who is disconnected the beginning of both. */
    String address() {
        return address;
    }

    /** What a service over HTTP may ask for by that name. */
    static Optional<LifecycleKind> of(String address) {
        return Arrays.stream(values())
                .filter(kind -> kind != DISCONNECTED && kind.address.equals(address))
                .findFirst();
    }
}
