package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Manner;
import java.util.Optional;

/**
 * What the upgrade request said of a session.
 *
 * @param kind what the client speaks, where that is known before its first frame
 * @param claims of the token that came with the request, verified
 * @param manner how the client wants to be spoken to
 * @param acknowledges whether the client says itself which messages to its user it has
 */
public record Opening(Optional<DialectKind> kind, Optional<Claims> claims, Manner manner, boolean acknowledges) {
    /** The first frame will tell. */
    public static final Opening UNKNOWN = new Opening(Optional.empty(), Optional.empty(), Manner.USUAL, false);

    public Opening {
        requireNonNull(kind, "kind");
        requireNonNull(claims, "claims");
        requireNonNull(manner, "manner");
    }

    /** One that will sign in by a message. */
    public static Opening of(DialectKind kind) {
        return new Opening(Optional.of(kind), Optional.empty(), Manner.USUAL, false);
    }
}
