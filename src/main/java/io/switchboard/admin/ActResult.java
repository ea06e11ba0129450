package io.switchboard.admin;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.switchboard.session.Revoker;
import java.time.Instant;
import java.util.Optional;

/**
 * What a revocation or withdrawal has done.
 *
 * @param sessions how many sessions it concerned; all of them have heard of it
 * @param until from when on it is forgotten; null: not before the server stops, or never in a cluster
 * @param partial only in a cluster: there are replicas that did not answer in time, whose sessions are not counted; they will hear
 *     of it
 */
public record ActResult(
        int sessions,
        Optional<Instant> until,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean partial) {
    public ActResult {
        requireNonNull(until, "until");
    }

    static ActResult of(Revoker.Effect effect) {
        return new ActResult(effect.sessions(), effect.until(), effect.partial());
    }
}
