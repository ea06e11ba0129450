package io.switchboard.service;

import java.util.Arrays;
import java.util.Optional;

/** What services are told about sessions. */
enum LifecycleKind {
    OPENED("session.opened"),
    AUTHENTICATED("user.authenticated"),
    CLOSED("session.closed");

    private final String address;

    LifecycleKind(String address) {
        this.address = address;
    }

    /** Its name, and its address on the event bus. */
    String address() {
        return address;
    }

    static Optional<LifecycleKind> of(String address) {
        return Arrays.stream(values())
                .filter(kind -> kind.address.equals(address))
                .findFirst();
    }
}
