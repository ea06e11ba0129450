package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a token says of itself rather than of its bearer; what revocation and audiences are decided by. Immutable.
 *
 * @param issuedAt {@code iat} in whole seconds, a part of one cut off; empty where the token does not say
 * @param fingerprint which token it is
 * @param audiences {@code aud}
 */
public record TokenFacts(Optional<Instant> issuedAt, Fingerprint fingerprint, Set<String> audiences) {
    /** Of claims that did not come from a token. */
    static final TokenFacts NONE = new TokenFacts(Optional.empty(), Fingerprint.of(""), Set.of());

    public TokenFacts {
        requireNonNull(issuedAt, "issuedAt");
        requireNonNull(fingerprint, "fingerprint");
        audiences = Set.copyOf(audiences);
    }
}
