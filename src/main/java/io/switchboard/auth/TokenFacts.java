package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * What a token says beside what its bearer may: of itself, by which revocation and audiences are decided, and how the bearer is
 * shown to others. Immutable.
 *
 * @param issuedAt {@code iat} in whole seconds, a part of one cut off; empty where the token does not say
 * @param fingerprint which token it is
 * @param audiences {@code aud}
 * @param name the bearer's, for people to read; empty where the token does not say
 * @param email the bearer's; empty where the token does not say
 */
public record TokenFacts(
        Optional<Instant> issuedAt, Fingerprint fingerprint, Set<String> audiences, String name, String email) {
    /** Of claims that did not come from a token. */
    static final TokenFacts NONE = new TokenFacts(Optional.empty(), Fingerprint.of(""), Set.of());

    public TokenFacts {
        requireNonNull(issuedAt, "issuedAt");
        requireNonNull(fingerprint, "fingerprint");
        audiences = Set.copyOf(audiences);
        requireNonNull(name, "name");
        requireNonNull(email, "email");
    }

    /** One that does not say how its bearer is shown. */
    public TokenFacts(Optional<Instant> issuedAt, Fingerprint fingerprint, Set<String> audiences) {
        this(issuedAt, fingerprint, audiences, "", "");
    }
}
