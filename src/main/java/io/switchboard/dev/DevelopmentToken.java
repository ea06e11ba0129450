package io.switchboard.dev;

import static java.util.Objects.requireNonNull;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.build.Jwt;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a token of the dev profile says, under the default names of the claims.
 *
 * @param workspaces each an id or the object that the claim allows
 */
public record DevelopmentToken(
        String user,
        String subject,
        List<Object> workspaces,
        List<String> roles,
        Optional<String> profile,
        Optional<String> issuer,
        Optional<String> audience,
        Duration lifetime) {
    public DevelopmentToken {
        requireNonNull(user, "user");
        requireNonNull(subject, "subject");
        workspaces = List.copyOf(workspaces);
        roles = List.copyOf(roles);
        requireNonNull(profile, "profile");
        requireNonNull(issuer, "issuer");
        requireNonNull(audience, "audience");
        requireNonNull(lifetime, "lifetime");
    }

    /** A token with the claims that most need. */
    public static DevelopmentToken of(String user, List<Object> workspaces, List<String> roles, Duration lifetime) {
        return new DevelopmentToken(
                user, user, workspaces, roles, Optional.empty(), Optional.empty(), Optional.empty(), lifetime);
    }

    /** Signs it; a lifetime of nothing or less gives a token that has expired. */
    public String sign(PrivateKey key) {
        long now = System.currentTimeMillis() / 1000;
        var claims = Jwt.claims()
                .subject(subject)
                .claim("name", user)
                .issuedAt(now)
                .expiresAt(now + lifetime.toSeconds())
                .claim("workspaces", workspaces)
                .claim("roles", roles);
        profile.ifPresent(p -> claims.claim("profile", p));
        issuer.ifPresent(claims::issuer);
        audience.ifPresent(claims::audience);
        return claims.jws().algorithm(SignatureAlgorithm.ES256).sign(key);
    }
}
