package io.switchboard.auth;

import java.security.PublicKey;

/** The key that verifies tokens in the dev and test profiles where no key is configured; no bean of it in production. */
public interface DevelopmentKey {
    /** The public half; the private one stays with whoever mints the tokens. */
    PublicKey publicKey();
}
