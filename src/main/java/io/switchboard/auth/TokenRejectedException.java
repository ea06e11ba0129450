package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

/** A token that gives no claims. The message is for the client: it never holds any part of the token. */
public final class TokenRejectedException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why a token was refused. */
    public enum Reason {
        MISSING("the token is missing"),
        MALFORMED("the token is not a signed JWT"),
        SIGNATURE("the token's signature is not valid here"),
        EXPIRED("the token has expired"),
        NOT_YET_VALID("the token is not valid yet"),
        ISSUER("the token's issuer is not accepted here"),
        AUDIENCE("the token is for another audience"),
        CLAIMS("the token's claims cannot be used"),
        REVOKED("the token was revoked, sign in again"),
        UNAVAILABLE("tokens cannot be verified at the moment, try again");

        private final String text;

        Reason(String text) {
            this.text = text;
        }

        /** The sentence for the client. */
        public String text() {
            return text;
        }
    }

    private final Reason reason;

    public TokenRejectedException(Reason reason) {
        this(reason, reason.text());
    }

    /** @param detail a sentence for the client in place of the reason's own; must not hold any part of the token */
    public TokenRejectedException(Reason reason, String detail) {
        super(requireNonNull(detail, "detail"), null, false, false);
        this.reason = requireNonNull(reason, "reason");
    }

    public Reason reason() {
        return reason;
    }
}
