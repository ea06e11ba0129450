package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.util.KeyUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.OctetSequenceJsonWebKey;
import org.jose4j.lang.JoseException;

/** Reads keys in the forms that MicroProfile JWT 2.1, section 9.2, lists. Empty: not of that form. */
final class KeyText {
    private static final int MAX_BYTES = 1 << 20;

    /** One of each family: SmallRye decodes with the key factory of the algorithm that it is given. */
    private static final List<SignatureAlgorithm> FAMILIES =
            List.of(SignatureAlgorithm.RS256, SignatureAlgorithm.ES256, SignatureAlgorithm.EDDSA);

    private KeyText() {}

    /** The text of a file: {@code classpath:name}, {@code file:name}, or a path, else the name of a resource. */
    static Optional<String> read(String location) {
        try {
            if (location.startsWith("classpath:")) {
                return resource(location.substring("classpath:".length()));
            }
            boolean isFile = location.startsWith("file:");
            Path path = Path.of(isFile ? location.substring("file:".length()) : location);
            if (isFile || Files.exists(path)) {
                try (InputStream in = Files.newInputStream(path)) {
                    return Optional.of(text(in));
                }
            }
            return resource(location);
        } catch (IOException | InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> resource(String location) throws IOException {
        String name = location.startsWith("/") ? location.substring(1) : location;
        try (InputStream in = Thread.currentThread().getContextClassLoader().getResourceAsStream(name)) {
            return in == null ? Optional.empty() : Optional.of(text(in));
        }
    }

    private static String text(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException("larger than a key");
        }
        return new String(bytes, UTF_8);
    }

    /** A public key or a certificate, in PEM or without its first and last line. */
    static Optional<PublicKey> publicKey(String text) {
        String pem = text.replace("\\n", "\n").replace("\r", "").strip();
        if (pem.contains("PRIVATE KEY-----") || pem.startsWith("{")) {
            return Optional.empty();
        }
        for (SignatureAlgorithm family : FAMILIES) {
            try {
                return Optional.of(KeyUtils.decodePublicKey(pem, family));
            } catch (GeneralSecurityException | IllegalArgumentException _) {
                // the next family
            }
        }
        return certificate(pem);
    }

    private static Optional<PublicKey> certificate(String pem) {
        try {
            return Optional.of(
                    pem.startsWith("-----")
                            ? CertificateFactory.getInstance("X.509")
                                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(US_ASCII)))
                                    .getPublicKey()
                            : KeyUtils.decodeCertificate(pem));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** A JWK or a JWK set, in JSON or in base64url of it. */
    static Optional<JwkSet> jwkSet(String text) {
        return json(text).flatMap(json -> {
            try {
                return Optional.of(JwkSet.parse(json)).filter(set -> !set.keys().isEmpty());
            } catch (JoseException | RuntimeException _) {
                return Optional.empty();
            }
        });
    }

    /**
     * A secret: a JWK of type {@code oct}, in JSON or in base64url of it, as SmallRye has it; any other text is the
     * secret itself, in UTF-8. A text in base64 is not decoded, because every word is base64 of something.
     */
    static Optional<SecretKey> secret(String text) {
        Optional<String> json = json(text);
        if (json.isEmpty()) {
            return Optional.of(new SecretKeySpec(text.getBytes(UTF_8), "HMAC"));
        }
        try {
            return JsonWebKey.Factory.newJwk(JsonUtil.parseJson(json.get())) instanceof OctetSequenceJsonWebKey jwk
                    ? Optional.of(new SecretKeySpec(jwk.getOctetSequence(), "HMAC"))
                    : Optional.empty();
        } catch (JoseException | RuntimeException _) {
            return Optional.empty();
        }
    }

    private static Optional<String> json(String text) {
        String stripped = text.strip();
        if (stripped.startsWith("{")) {
            return Optional.of(stripped);
        }
        try {
            String decoded = new String(Base64.getUrlDecoder().decode(stripped), UTF_8).strip();
            return Optional.of(decoded).filter(json -> json.startsWith("{"));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
