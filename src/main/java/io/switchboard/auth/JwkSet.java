package io.switchboard.auth;

import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.Use;
import org.jose4j.jwk.VerificationJwkSelector;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/**
 * The public keys of a JWK set or of a single JWK (RFC 7517) that can verify a signature. Symmetric keys, keys for
 * encryption and keys of an unknown type are left out: a set may hold keys that are for others.
 */
record JwkSet(List<PublicJsonWebKey> keys) {
    /** More than any issuer has; a token without a key id may have to be tried with each. */
    static final int MAX_KEYS = 64;

    JwkSet {
        keys = List.copyOf(keys);
    }

    /** @throws JoseException where the text is not a JSON object with keys; the message may quote the text */
    static JwkSet parse(String json) throws JoseException {
        Map<String, Object> root = JsonUtil.parseJson(json);
        if (!root.containsKey("keys")) {
            return new JwkSet(usable(root).stream().toList());
        }
        if (!(root.get("keys") instanceof List<?> members) || members.size() > MAX_KEYS) {
            throw new JoseException("keys must be an array of at most " + MAX_KEYS);
        }
        List<PublicJsonWebKey> keys = new ArrayList<>();
        for (Object member : members) {
            if (member instanceof Map<?, ?> map) {
                usable(map).ifPresent(keys::add);
            }
        }
        return new JwkSet(keys);
    }

    private static Optional<PublicJsonWebKey> usable(Map<?, ?> members) {
        try {
            @SuppressWarnings("unchecked") // a JSON object has string names
            JsonWebKey key = JsonWebKey.Factory.newJwk((Map<String, Object>) members);
            boolean verifies = !Use.ENCRYPTION.equals(key.getUse());
            return verifies && key instanceof PublicJsonWebKey pair && pair.getPublicKey() != null
                    ? Optional.of(pair)
                    : Optional.empty();
        } catch (JoseException | RuntimeException _) {
            return Optional.empty(); // RFC 7517, section 5: ignore what is not understood
        }
    }

    /**
     * The key for a token: the one of its {@code kid}; without {@code kid} the one that fits. A set of one key that has
     * no id fits every id.
     */
    Optional<PublicKey> select(JsonWebSignature token) {
        try {
            JsonWebKey key = new VerificationJwkSelector()
                    .selectWithVerifySignatureDisambiguate(token, List.<JsonWebKey>copyOf(keys));
            if (key instanceof PublicJsonWebKey pair) {
                return Optional.of(pair.getPublicKey());
            }
            return onlyKey(token);
        } catch (JoseException _) {
            return Optional.empty();
        }
    }

    private Optional<PublicKey> onlyKey(JsonWebSignature token) throws JoseException {
        if (keys.size() != 1 || keys.getFirst().getKeyId() != null) {
            return Optional.empty();
        }
        PublicJsonWebKey key = keys.getFirst();
        boolean fits = key.getKeyType().equals(token.getKeyType())
                && (key.getAlgorithm() == null || key.getAlgorithm().equals(token.getAlgorithmHeaderValue()));
        return fits ? Optional.of(key.getPublicKey()) : Optional.empty();
    }
}
