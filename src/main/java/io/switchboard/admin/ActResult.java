package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import io.switchboard.session.Withdrawals;
import java.time.Instant;
import java.util.Optional;

/**
 * What a revocation or withdrawal has done.
 *
 * @param sessions how many sessions it concerned; all of them have heard of it
 * @param until from when on it is forgotten; null: not before the server stops
 */
public record ActResult(int sessions, Optional<Instant> until) {
    public ActResult {
        requireNonNull(until, "until");
    }

    static ActResult of(Withdrawals.Effect effect) {
        return new ActResult(effect.sessions(), effect.until());
    }
}
