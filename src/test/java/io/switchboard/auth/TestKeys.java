package io.switchboard.auth;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;

/** Key pairs made once per run, and their texts. */
final class TestKeys {
    private static final Map<String, KeyPair> PAIRS = new ConcurrentHashMap<>();

    private TestKeys() {}

    /** A pair by the name of an algorithm, and of a number where there are to be several. */
    static KeyPair pair(String algorithm) {
        return pair(algorithm, 0);
    }

    static KeyPair pair(String algorithm, int number) {
        String family = switch (algorithm) {
            case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" -> "RSA 2048";
            case "ES256" -> "EC 256";
            case "ES384" -> "EC 384";
            case "ES512" -> "EC 521";
            case "EdDSA" -> "Ed25519 0";
            default -> algorithm;
        };
        return PAIRS.computeIfAbsent(family + " " + number, _ -> generate(family));
    }

    private static KeyPair generate(String family) {
        try {
            String[] parts = family.split(" ", -1);
            KeyPairGenerator generator = KeyPairGenerator.getInstance(parts[0]);
            int size = Integer.parseInt(parts[1]);
            if (size > 0) {
                generator.initialize(size);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String pem(KeyPair pair) {
        return pem("PUBLIC KEY", pair.getPublic().getEncoded());
    }

    static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + kind + "-----\n";
    }

    static String jwk(String kid, Key key) {
        try {
            PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(key);
            jwk.setKeyId(kid);
            return jwk.toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY);
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }

    static String jwks(String... jwks) {
        return "{\"keys\":[" + String.join(",", jwks) + "]}";
    }

    /** A certificate with its private key. */
    record Certified(PrivateKey key, Certificate certificate) {}

    static Certified certified(Path folder, String keyAlgorithm, String size)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path store = folder.resolve(keyAlgorithm + ".p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keystore",
                        store.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "testing",
                        "-alias",
                        "a",
                        "-dname",
                        "CN=test",
                        "-keyalg",
                        keyAlgorithm,
                        size.isEmpty() ? "-v" : "-keysize",
                        size.isEmpty() ? "-v" : size)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (keytool.waitFor() != 0) {
            throw new AssertionError("keytool failed");
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "testing".toCharArray());
        }
        return new Certified((PrivateKey) keys.getKey("a", "testing".toCharArray()), keys.getCertificate("a"));
    }
}
