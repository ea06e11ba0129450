package io.switchboard.auth;

import java.security.Key;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.lang.JoseException;

/** Tokens of every kind, the impossible ones as well. */
final class TestTokens {
    private final Map<String, Object> headers = new HashMap<>();
    private final Map<String, Object> claims = new LinkedHashMap<>();

    private TestTokens() {}

    static TestTokens expiringAt(long second) {
        return new TestTokens().claim("sub", "4711").claim("name", "alice").claim("exp", second);
    }

    TestTokens claim(String name, Object value) {
        claims.put(name, value);
        return this;
    }

    TestTokens without(String name) {
        claims.remove(name);
        return this;
    }

    TestTokens header(String name, Object value) {
        headers.put(name, value);
        return this;
    }

    String sign(String algorithm) {
        return sign(algorithm, TestKeys.pair(algorithm).getPrivate());
    }

    String sign(String algorithm, Key key) {
        return sign(algorithm, key, JsonUtil.toJson(claims));
    }

    String sign(String algorithm, Key key, String payload) {
        JsonWebSignature jws = new JsonWebSignature();
        headers.forEach(jws::setHeader);
        jws.setAlgorithmHeaderValue(algorithm);
        jws.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
        jws.setDoKeyValidation(false);
        jws.setPayload(payload);
        jws.setKey(key);
        try {
            return jws.getCompactSerialization();
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }
}
