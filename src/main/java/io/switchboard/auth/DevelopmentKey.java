package io.switchboard.auth;

import java.security.PublicKey;

/**
 * The key that tokens are verified with in the dev and test modes where no key is configured. Never asked in
 * production, whatever beans there are.
 */
@FunctionalInterface
public interface DevelopmentKey {
    /** An RSA key of at least 2048 bits, an EC key on P-256, P-384 or P-521, or an Ed25519 or Ed448 key. */
    PublicKey publicKey();
}
