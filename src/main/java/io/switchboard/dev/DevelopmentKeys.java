package io.switchboard.dev;

import io.quarkus.arc.DefaultBean;
import io.quarkus.arc.profile.IfBuildProfile;
import io.switchboard.auth.DevelopmentKey;
import io.switchboard.config.SwitchboardConfig;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;

/**
 * The developer's own keys, the files that the command line uses, created when missing. A bean of the dev and test
 * builds only: production has no key that it was not given.
 */
@Singleton
@DefaultBean // a test may bring keys of its own
@IfBuildProfile(anyOf = {"dev", "test"})
public class DevelopmentKeys implements DevelopmentKey {
    private final PublicKey publicKey;
    private final PrivateKey privateKey;

    @Inject
    public DevelopmentKeys(SwitchboardConfig config) {
        this(Path.of(config.dev().home()));
    }

    DevelopmentKeys(Path home) {
        try {
            DevelopmentKeyPair.create(home);
            publicKey = DevelopmentKeyPair.readPublic(home.resolve(DevelopmentKeyPair.PUBLIC_FILE));
            privateKey = DevelopmentKeyPair.readPrivate(home.resolve(DevelopmentKeyPair.PRIVATE_FILE));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    @Override
    public PublicKey publicKey() {
        return publicKey;
    }

    /** Signs tokens of the dev page and of tests. */
    public PrivateKey privateKey() {
        return privateKey;
    }
}
