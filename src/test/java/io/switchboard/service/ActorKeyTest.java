package io.switchboard.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.switchboard.testing.WireJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActorKeyTest {
    @TempDir
    Path folder;

    static KeyPair ec(String curve) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    private static KeyPair rsa(int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind + "-----\n";
    }

    static String both(KeyPair pair) {
        return pem("PRIVATE KEY", pair.getPrivate().getEncoded())
                + pem("PUBLIC KEY", pair.getPublic().getEncoded());
    }

    private String file(String text) throws IOException {
        Path file = Files.createTempFile(folder, "key", ".pem");
        Files.writeString(file, text, US_ASCII);
        return file.toString();
    }

    private void refuses(String text) throws IOException {
        String file = file(text);

        assertThatThrownBy(() -> ActorKey.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasNoCause()
                .hasMessageStartingWith("switchboard.services.actor-key-location must name a PEM file");
    }

    @ParameterizedTest
    @CsvSource({"secp256r1, ES256, EC", "secp384r1, ES384, EC", "secp521r1, ES512, EC", "'', RS256, RSA"})
    void aPairIsReadAndItsPublicHalfIsShown(String curve, String algorithm, String type) throws Exception {
        KeyPair pair = curve.isEmpty() ? rsa(2048) : ec(curve);

        ActorKey key = ActorKey.read("file:" + file("any text\n" + both(pair)));
        JsonNode jwk = WireJson.MAPPER.readTree(key.jwks()).path("keys").path(0);

        assertThat(key.algorithm().getAlgorithm()).isEqualTo(algorithm);
        assertThat(key.publicKey()).isEqualTo(pair.getPublic());
        assertThat(jwk.path("kty").asText()).isEqualTo(type);
        assertThat(jwk.path("kid").asText()).isEqualTo(key.id()).isNotEmpty();
        assertThat(jwk.path("alg").asText()).isEqualTo(algorithm);
        assertThat(jwk.path("use").asText()).isEqualTo("sig");
        assertThat(jwk.properties().stream().map(java.util.Map.Entry::getKey))
                .doesNotContain("d", "p", "q", "dp", "dq", "qi");
        assertThat(key.toString()).doesNotContain(key.privateKey().toString());
    }

    @Test
    void whatIsNoPairIsRefused() throws Exception {
        KeyPair one = ec("secp256r1");
        KeyPair other = ec("secp256r1");
        String privateOnly = pem("PRIVATE KEY", one.getPrivate().getEncoded());

        refuses(privateOnly);
        refuses(pem("PUBLIC KEY", one.getPublic().getEncoded()));
        refuses(privateOnly + pem("PUBLIC KEY", other.getPublic().getEncoded()));
        refuses(privateOnly + pem("PUBLIC KEY", rsa(2048).getPublic().getEncoded()));
        refuses(both(rsa(1024)));
        refuses(pem("PRIVATE KEY", new byte[] {1, 2, 3}) + pem("PUBLIC KEY", new byte[] {1, 2, 3}));
        refuses("hunter2");
    }

    @Test
    void aFileThatIsNotThereIsRefused() {
        String nowhere = folder.resolve("nowhere.pem").toString();

        assertThatThrownBy(() -> ActorKey.read(nowhere))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("switchboard.services.actor-key-location names a file that cannot be read.");
    }

    @Test
    void aKeyOfTheMomentIsAnotherEachTime() {
        assertThat(ActorKey.ephemeral().id()).isNotEqualTo(ActorKey.ephemeral().id());
        assertThat(ActorKey.ephemeral().algorithm().getAlgorithm()).isEqualTo("ES256");
    }
}
