package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jose4j.json.JsonUtil;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * Verifies a token with SmallRye JWT and gives its claims as they were signed. Any thread; the work is done on the
 * caller's.
 *
 * <p>What SmallRye and jose4j throw holds the token and its claims: nothing of it leaves this class, neither as message
 * nor as cause.
 */
final class TokenParser {
    /** The year 9999: a later expiry is as good as none, and cannot be computed with. */
    private static final long LAST_SECOND = 253_402_300_799L;

    /** A claim that moves roles about and would be logged with them: it is of no use here. */
    private static final String ROLE_MAPPINGS = "roleMappings";

    /** SmallRye rewrites the groups that it finds at this path: there are none. */
    private static final String NO_GROUPS = "urn:io.switchboard:no-groups";

    private static final String EXP = "exp";
    private static final String NBF = "nbf";
    private static final String IAT = "iat";
    private static final String AUD = "aud";

    /**
     * @param claims the claims, from the verified text: SmallRye's own copy has some changed and the token added
     * @param expiresAt {@code exp} plus the skew
     */
    record Parsed(Map<String, Object> claims, Instant expiresAt, TokenFacts token) {}

    private final TokenHeader header;
    private final JWTAuthContextInfo info;
    private final DefaultJWTTokenParser first;
    private final DefaultJWTTokenParser again;
    private final Duration skew;
    private final Duration longestLifetime;
    private final Clock clock;

    TokenParser(VerificationKeys keys, AuthSettings settings, Clock clock) {
        this.header = new TokenHeader(keys.algorithms());
        this.info = info(keys, settings);
        this.first = new Parser(keys.source(), true);
        this.again = new Parser(keys.source(), false);
        this.skew = settings.clockSkew();
        this.longestLifetime = settings.tokenLifetime();
        this.clock = clock;
    }

    private static JWTAuthContextInfo info(VerificationKeys keys, AuthSettings settings) {
        JWTAuthContextInfo info = new JWTAuthContextInfo();
        info.setSignatureAlgorithm(keys.algorithms());
        info.setIssuedBy(settings.issuer().orElse(null));
        // which of them is good for what is the verifier's to say
        info.setExpectedAudience(settings.audiences().isEmpty() ? null : settings.allAudiences());
        info.setMaxTimeToLiveSecs(0L); // iat is not required
        // the default is 60 s; a part of a second counts as a whole one here, and exactly below
        info.setClockSkew(
                Math.toIntExact(settings.clockSkew().plusNanos(999_999_999).toSeconds()));
        info.setRequireNamedPrincipal(false);
        info.setRelaxVerificationKeyValidation(false);
        info.setGroupsPath(NO_GROUPS);
        return info;
    }

    /**
     * @param mayWait {@code false} when looking at a token again
     * @throws KeysPendingException only where {@code mayWait}
     */
    Parsed parse(String token, boolean mayWait) throws TokenRejectedException, KeysPendingException {
        header.check(token);
        refuseRoleMappings(token);
        String verified;
        try {
            verified =
                    (mayWait ? first : again).parse(token, info).getJwtClaims().getRawJson();
        } catch (ParseException e) {
            throw rejected(e);
        }
        Map<String, Object> claims = claims(verified);
        Optional<Instant> issuedAt = claims.get(IAT) == null ? Optional.empty() : Optional.of(time(claims, IAT));
        Instant expiresAt = checkTimes(claims, issuedAt);
        return new Parsed(
                claims,
                expiresAt,
                new TokenFacts(
                        issuedAt,
                        Fingerprint.ofSigned(token),
                        audiences(claims.get(AUD)),
                        shown(claims.get("name")),
                        shown(claims.get("email"))));
    }

    /** How the bearer is shown (OpenID Connect Core 1.0, 5.1); decides nothing, so what is no text is left out. */
    private static String shown(Object claim) {
        return claim instanceof String text ? text : "";
    }

    /** Before SmallRye sees the claim: it logs roles at trace, and at debug an exception that quotes claims. */
    private static void refuseRoleMappings(String token) throws TokenRejectedException {
        int start = token.indexOf('.') + 1;
        String payload;
        try {
            payload =
                    new String(Base64.getUrlDecoder().decode(token.substring(start, token.indexOf('.', start))), UTF_8);
        } catch (IllegalArgumentException _) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
        if (claims(payload).containsKey(ROLE_MAPPINGS)) {
            throw new TokenRejectedException(Reason.CLAIMS, "the claim roleMappings is not supported");
        }
    }

    private static Map<String, Object> claims(String json) throws TokenRejectedException {
        try {
            return JsonUtil.parseJson(json);
        } catch (JoseException | RuntimeException _) {
            throw new TokenRejectedException(Reason.MALFORMED);
        }
    }

    /** Once more than SmallRye does, on our clock: sign-in and expiry are the same instant everywhere. */
    private Instant checkTimes(Map<String, Object> claims, Optional<Instant> issuedAt) throws TokenRejectedException {
        Instant now = clock.instant();
        Instant expiry = time(claims, EXP);
        Instant expiresAt = expiry.plus(skew);
        if (!now.isBefore(expiresAt)) {
            throw new TokenRejectedException(Reason.EXPIRED);
        }
        if (claims.get(NBF) != null && now.plus(skew).isBefore(time(claims, NBF))) {
            throw new TokenRejectedException(Reason.NOT_YET_VALID);
        }
        // it would outlive its own revocation
        Instant bornAt = issuedAt.filter(now::isAfter).orElse(now);
        if (!longestLifetime.isZero() && Duration.between(bornAt, expiry).compareTo(longestLifetime) > 0) {
            throw new TokenRejectedException(
                    Reason.CLAIMS, "the token is valid for longer than switchboard.auth.token-lifetime");
        }
        return expiresAt;
    }

    /** One or several (RFC 7519, section 4.1.3). */
    private static Set<String> audiences(Object claim) throws TokenRejectedException {
        return switch (claim) {
            case null -> Set.of();
            case String audience -> Set.of(audience);
            case List<?> list
            when list.stream().allMatch(String.class::isInstance) ->
                list.stream().map(String.class::cast).collect(Collectors.toUnmodifiableSet());
            default ->
                throw new TokenRejectedException(
                        Reason.CLAIMS, "the claim aud must be a string or an array of strings (RFC 7519, 4.1.3)");
        };
    }

    /** A NumericDate (RFC 7519, section 2); a part of a second is cut off. */
    private static Instant time(Map<String, Object> claims, String name) throws TokenRejectedException {
        if (claims.get(name) instanceof Number seconds) {
            return Instant.ofEpochSecond(Math.clamp(seconds.longValue(), 0, LAST_SECOND));
        }
        throw new TokenRejectedException(
                Reason.CLAIMS, "the claim " + name + " must be a number of seconds since 1970 (RFC 7519, section 4.1)");
    }

    private static Exception unwrapped(ParseException e) {
        return e.getCause() instanceof Exception cause ? cause : e;
    }

    private static TokenRejectedException rejected(ParseException e) throws KeysPendingException {
        return switch (unwrapped(e)) {
            case NoKeyException noKey ->
                switch (noKey.answer) {
                    case KeySource.Wait(var fetched) -> throw new KeysPendingException(fetched);
                    case KeySource.Unavailable _ -> new TokenRejectedException(Reason.UNAVAILABLE);
                    case KeySource.Unknown _, KeySource.Found _ -> new TokenRejectedException(Reason.SIGNATURE);
                };
            case InvalidJwtException invalid -> rejected(invalid);
            default -> new TokenRejectedException(Reason.SIGNATURE);
        };
    }

    private static TokenRejectedException rejected(InvalidJwtException e) {
        if (e.hasErrorCode(ErrorCodes.JSON_INVALID)) {
            return new TokenRejectedException(Reason.MALFORMED);
        }
        // what goes wrong before the claims are looked at has a cause, or the code of the signature
        if (e.getCause() != null
                || e.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)
                || e.hasErrorCode(ErrorCodes.SIGNATURE_MISSING)) {
            return new TokenRejectedException(Reason.SIGNATURE);
        }
        if (e.hasErrorCode(ErrorCodes.ISSUER_INVALID) || e.hasErrorCode(ErrorCodes.ISSUER_MISSING)) {
            return new TokenRejectedException(Reason.ISSUER);
        }
        if (e.hasErrorCode(ErrorCodes.AUDIENCE_INVALID) || e.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) {
            return new TokenRejectedException(Reason.AUDIENCE);
        }
        if (e.hasExpired()) {
            return new TokenRejectedException(Reason.EXPIRED);
        }
        if (e.hasErrorCode(ErrorCodes.NOT_YET_VALID)) {
            return new TokenRejectedException(Reason.NOT_YET_VALID);
        }
        if (e.hasErrorCode(ErrorCodes.EXPIRATION_MISSING)) {
            return new TokenRejectedException(Reason.CLAIMS, "the claim exp is required (RFC 7519, section 4.1.4)");
        }
        return new TokenRejectedException(Reason.CLAIMS);
    }

    /** SmallRye's parser with our keys; its own resolver knows one family of keys per file and whole minutes. */
    private static final class Parser extends DefaultJWTTokenParser {
        private final VerificationKeyResolver resolver;

        Parser(KeySource source, boolean mayWait) {
            resolver = (token, _) -> switch (source.find(token, mayWait)) {
                case KeySource.Found(var key) -> key;
                case KeySource.Answer answer -> throw new NoKeyException(answer);
            };
        }

        @Override
        protected VerificationKeyResolver getVerificationKeyResolver(JWTAuthContextInfo info) {
            return resolver;
        }
    }

    /** Carries the answer through jose4j. */
    private static final class NoKeyException extends UnresolvableKeyException {
        private static final long serialVersionUID = 1L;

        private final transient KeySource.Answer answer;

        NoKeyException(KeySource.Answer answer) {
            super("no key");
            this.answer = answer;
        }
    }
}
