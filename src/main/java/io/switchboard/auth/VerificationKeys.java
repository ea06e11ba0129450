package io.switchboard.auth;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import java.util.Set;

/**
 * The keys, with the algorithms that may be used with them: the configured ones without those that do not fit, so that
 * no header can choose how a key is used (RFC 8725, section 3.1).
 */
record VerificationKeys(Set<SignatureAlgorithm> algorithms, KeySource source) implements AutoCloseable {
    VerificationKeys {
        algorithms = Set.copyOf(algorithms);
    }

    @Override
    public void close() {
        if (source instanceof RemoteKeySet remote) {
            remote.close();
        }
    }
}
