package io.switchboard.auth;

import static io.smallrye.jwt.algorithm.SignatureAlgorithm.EDDSA;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.ES256;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.ES384;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.ES512;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.PS256;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.PS384;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.PS512;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.RS256;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.RS384;
import static io.smallrye.jwt.algorithm.SignatureAlgorithm.RS512;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Set;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.keys.EllipticCurves;

/** Which algorithms a key can be used with (RFC 7518, sections 3.1 to 3.5; RFC 8037, section 3.1). */
final class KeyFit {
    /** RFC 7518, section 3.3: a key of size 2048 bits or larger must be used. */
    private static final int MIN_RSA_BITS = 2048;

    private KeyFit() {}

    static Set<SignatureAlgorithm> of(Key key) {
        return switch (key) {
            case RSAPublicKey rsa
            when rsa.getModulus().bitLength() >= MIN_RSA_BITS -> Set.of(RS256, RS384, RS512, PS256, PS384, PS512);
            case ECPublicKey ec -> ofCurve(EllipticCurves.getName(ec.getParams().getCurve()));
            case EdECPublicKey _ -> Set.of(EDDSA);
            default -> Set.of();
        };
    }

    /** A key of a set may name the one algorithm that it is for (RFC 7517, section 4.4). */
    static Set<SignatureAlgorithm> of(PublicJsonWebKey key) {
        Set<SignatureAlgorithm> fitting = of(key.getPublicKey());
        String only = key.getAlgorithm();
        return only == null
                ? fitting
                : Set.copyOf(fitting.stream()
                        .filter(algorithm -> algorithm.getAlgorithm().equals(only))
                        .toList());
    }

    private static Set<SignatureAlgorithm> ofCurve(String name) {
        return switch (name) {
            case EllipticCurves.P_256 -> Set.of(ES256);
            case EllipticCurves.P_384 -> Set.of(ES384);
            case EllipticCurves.P_521 -> Set.of(ES512);
            case null, default -> Set.of();
        };
    }
}
