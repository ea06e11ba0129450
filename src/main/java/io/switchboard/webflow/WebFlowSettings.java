package io.switchboard.webflow;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Who may wait for authorizations, and what is kept for how long.
 *
 * @param mode which ids can be registered
 * @param registrationsPerSession ids that one session may hold or ask for; 0: no bound
 * @param probeTimeout how long the holder of an id has to prove that it is still there; longer than zero
 * @param authorizationsKept how long an authorization is kept that nobody is there to hear, or whose hearer may not have got it;
 *     zero: it is handed to those who are there, and to nobody later
 * @param announcementsKept how long an announced id can be registered; longer than zero
 * @param most ids for which authorizations are kept, and ids that are announced; 0: no bound
 */
public record WebFlowSettings(
        Mode mode,
        int registrationsPerSession,
        Duration probeTimeout,
        Duration authorizationsKept,
        Duration announcementsKept,
        int most) {
    /** Which ids can be registered. */
    public enum Mode {
        /** Any: the id is the secret. */
        OPEN,
        /** Those that a service has announced. */
        ANNOUNCED
    }

    public WebFlowSettings {
        requireNonNull(mode, "mode");
        if (!probeTimeout.isPositive() || !announcementsKept.isPositive() || authorizationsKept.isNegative()) {
            throw new IllegalArgumentException("a probe and an announcement last longer than zero");
        }
        if (registrationsPerSession < 0 || most < 0) {
            throw new IllegalArgumentException("a bound is 0 or more");
        }
    }
}
