package io.switchboard.http;

import java.util.Optional;

/** The token in an Authorization header (RFC 6750, section 2.1). Nowhere else: addresses and cookies are logged. */
public final class BearerToken {
    private static final String SCHEME = "Bearer ";

    private BearerToken() {}

    /**
     * Takes the token out of the header.
     *
     * @param authorization the header; null: there is none
     */
    public static Optional<String> of(String authorization) {
        return authorization == null || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                ? Optional.empty()
                : Optional.of(authorization.substring(SCHEME.length()).strip());
    }
}
