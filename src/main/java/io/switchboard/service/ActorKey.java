package io.switchboard.service;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.util.KeyUtils;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.EllipticCurveJsonWebKey;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.Use;
import org.jose4j.lang.JoseException;

/**
 * The keys that Switchboard signs with, for services.
 *
 * @param id names the public key in a token and in the set of keys: its thumbprint (RFC 7638)
 */
record ActorKey(PrivateKey privateKey, PublicKey publicKey, SignatureAlgorithm algorithm, String id) {
    static final String SETTING = "switchboard.services.actor-key-location";

    private static final int MAX_BYTES = 1 << 16;
    private static final int SHORTEST_RSA_BITS = 2048;
    private static final Pattern PRIVATE = block("PRIVATE KEY");
    private static final Pattern PUBLIC = block("PUBLIC KEY");

    /** One of each family: SmallRye decodes with the key factory of the algorithm that it is given. */
    private static final List<SignatureAlgorithm> FAMILIES =
            List.of(SignatureAlgorithm.ES256, SignatureAlgorithm.RS256);

    private static Pattern block(String kind) {
        return Pattern.compile("-----BEGIN " + kind + "-----[^-]*-----END " + kind + "-----");
    }

    /** A pair that nobody else has and that ends with the process. */
    static ActorKey ephemeral() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return of(pair.getPrivate(), pair.getPublic()).orElseThrow();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK knows P-256", e);
        }
    }

    /**
     * Reads a pair.
     *
     * @param location a path, with or without {@code file:}
     * @throws ConfigurationException naming the setting and never a part of the file; it has no cause, because the messages of
     *     parsers quote what they parse
     */
    static ActorKey read(String location) {
        String text = text(location)
                .orElseThrow(() -> new ConfigurationException(SETTING + " names a file that cannot be read."));
        for (SignatureAlgorithm family : FAMILIES) {
            Optional<ActorKey> key = pair(text, family);
            if (key.isPresent()) {
                return key.get();
            }
        }
        throw new ConfigurationException(
                SETTING + " must name a PEM file with a private key (PKCS#8) and its public key, both:"
                        + " EC on P-256, P-384 or P-521, or RSA of 2048 bits or more.");
    }

    private static Optional<String> text(String location) {
        String path = location.startsWith("file:") ? location.substring("file:".length()) : location;
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            return Optional.of(new String(in.readNBytes(MAX_BYTES), US_ASCII));
        } catch (IOException | InvalidPathException _) {
            return Optional.empty();
        }
    }

    private static Optional<ActorKey> pair(String text, SignatureAlgorithm family) {
        Matcher privateBlock = PRIVATE.matcher(text);
        Matcher publicBlock = PUBLIC.matcher(text);
        if (!privateBlock.find() || !publicBlock.find()) {
            return Optional.empty();
        }
        try {
            return of(
                    KeyUtils.decodePrivateKey(privateBlock.group(), family),
                    KeyUtils.decodePublicKey(publicBlock.group(), family));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    /** Empty: the two are no pair, or not good enough. */
    private static Optional<ActorKey> of(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        try {
            PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(publicKey);
            Optional<SignatureAlgorithm> algorithm = algorithm(jwk);
            return algorithm.isPresent() && belongTogether(privateKey, publicKey)
                    ? Optional.of(new ActorKey(
                            privateKey, publicKey, algorithm.get(), jwk.calculateBase64urlEncodedThumbprint("SHA-256")))
                    : Optional.empty();
        } catch (JoseException _) {
            return Optional.empty();
        }
    }

    /** The algorithm that belongs to the key (RFC 7518, 3.3 and 3.4). */
    private static Optional<SignatureAlgorithm> algorithm(PublicJsonWebKey jwk) {
        if (jwk instanceof EllipticCurveJsonWebKey curve) {
            return switch (curve.getCurveName()) {
                case "P-256" -> Optional.of(SignatureAlgorithm.ES256);
                case "P-384" -> Optional.of(SignatureAlgorithm.ES384);
                case "P-521" -> Optional.of(SignatureAlgorithm.ES512);
                default -> Optional.empty();
            };
        }
        return jwk.getPublicKey() instanceof RSAPublicKey rsa
                        && rsa.getModulus().bitLength() >= SHORTEST_RSA_BITS
                ? Optional.of(SignatureAlgorithm.RS256)
                : Optional.empty();
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) throws GeneralSecurityException {
        byte[] probe = "probe".getBytes(UTF_8);
        Signature signature =
                Signature.getInstance(publicKey instanceof RSAPublicKey ? "SHA256withRSA" : "SHA256withECDSA");
        signature.initSign(privateKey);
        signature.update(probe);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(probe);
        return signature.verify(signed);
    }

    /** The public key as a JWK set (RFC 7517, section 5). */
    String jwks() {
        try {
            PublicJsonWebKey jwk = PublicJsonWebKey.Factory.newPublicJwk(publicKey);
            jwk.setKeyId(id);
            jwk.setUse(Use.SIGNATURE);
            jwk.setAlgorithm(algorithm.getAlgorithm());
            return JsonUtil.toJson(Map.of("keys", List.of(jwk.toParams(JsonWebKey.OutputControlLevel.PUBLIC_ONLY))));
        } catch (JoseException e) {
            throw new IllegalStateException("it was a JWK before", e);
        }
    }

    /** Not the key. */
    @Override
    public String toString() {
        return "ActorKey[id=" + id + "]";
    }
}
