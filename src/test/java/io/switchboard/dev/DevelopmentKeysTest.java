package io.switchboard.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevelopmentKeysTest {
    @TempDir
    private Path home;

    @Test
    void makesAPairAndKeepsIt() throws GeneralSecurityException {
        DevelopmentKeys keys = new DevelopmentKeys(home.resolve("new"));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.privateKey());
        signature.update((byte) 1);
        byte[] signed = signature.sign();
        signature.initVerify(keys.publicKey());
        signature.update((byte) 1);
        assertThat(signature.verify(signed)).isTrue();
        assertThat(new DevelopmentKeys(home.resolve("new")).publicKey()).isEqualTo(keys.publicKey());
    }

    @Test
    void thePrivateKeyIsForItsOwnerOnly() throws IOException {
        DevelopmentKeyPair.create(home);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("private.pem"))))
                .isEqualTo("rw-------");
    }

    @Test
    void neverOverwrites() throws IOException {
        Files.writeString(home.resolve("private.pem"), "precious");
        assertThatIOException()
                .isThrownBy(() -> DevelopmentKeyPair.create(home))
                .withMessageContaining("nothing was overwritten");
        assertThat(home.resolve("private.pem")).hasContent("precious");
        assertThat(home.resolve("public.pem")).doesNotExist();
    }

    @Test
    void manyAtOnceMakeOnePair() {
        long created = IntStream.range(0, 8)
                .parallel()
                .filter(_ -> {
                    try {
                        return DevelopmentKeyPair.create(home);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .count();
        assertThat(created).isEqualTo(1);
    }

    @Test
    void signsWithNoOtherKey() throws IOException {
        DevelopmentKeyPair.create(home);
        Path key = home.resolve("private.pem");
        String pem = Files.readString(key);
        Files.writeString(key, pem.substring(pem.indexOf("-----BEGIN")));
        assertThatThrownBy(() -> new DevelopmentKeys(home))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("is not a development key")
                .hasMessageNotContaining(pem.lines().toList().get(2));
    }

    @Test
    void aDamagedKeyIsNamedAndNotShown() throws IOException {
        Path key = Files.writeString(
                home.resolve("private.pem"),
                DevelopmentKeyPair.MARK + "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThatIOException()
                .isThrownBy(() -> DevelopmentKeyPair.readPrivate(key))
                .withMessageContaining("is damaged")
                .withMessageNotContaining("AAAA");
    }
}
