package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jose4j.json.JsonUtil;
import org.jose4j.lang.JoseException;

/**
 * What a token must look like before any of it is believed: three parts of base64url (RFC 7515, section 7.1; so no
 * encrypted token), an algorithm of the list (so not {@code none}), no extension, no other token inside. Keys and
 * addresses of keys in the header are ignored.
 */
final class TokenHeader {
    private final Set<String> algorithms;

    TokenHeader(Set<SignatureAlgorithm> algorithms) {
        this.algorithms =
                algorithms.stream().map(SignatureAlgorithm::getAlgorithm).collect(Collectors.toUnmodifiableSet());
    }

    void check(String token) throws TokenRejectedException {
        int end = headerEnd(token);
        Map<String, Object> header;
        try {
            header = JsonUtil.parseJson(new String(Base64.getUrlDecoder().decode(token.substring(0, end)), UTF_8));
        } catch (JoseException | RuntimeException _) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        // RFC 7515, section 4.1.11: an extension that is not understood; RFC 7797: a payload that is not encoded
        if (header.containsKey("crit") || header.containsKey("b64")) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        // RFC 7519, section 5.2: a token inside the token
        if (header.get("cty") instanceof String type
                && (type.equalsIgnoreCase("jwt") || type.equalsIgnoreCase("application/jwt"))) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        if (!(header.get("alg") instanceof String algorithm)) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        if (!algorithms.contains(algorithm)) {
            throw new TokenRejectedException(Reason.SIGNATURE);
        }
    }

    private static int headerEnd(String token) throws TokenRejectedException {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        boolean threeParts =
                first > 0 && second > first + 1 && second < token.length() - 1 && token.indexOf('.', second + 1) < 0;
        if (!threeParts || !token.chars().allMatch(TokenHeader::isPlain)) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        return first;
    }

    private static boolean isPlain(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c == '.';
    }
}
