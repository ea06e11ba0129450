package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;

/**
 * The tokens by which services know on whose behalf they are called, and that it is Switchboard that calls. Each is for one service
 * and for a minute; who calls again within some seconds sends the same. Where nobody is signed in there is no subject and nothing
 * of a user. None is good for signing in: {@link Claims#ACTOR_TYPE}. Any thread; signing and verifying cost processor time.
 */
public final class ActorTokens {
    /** {@code iss}. */
    public static final String ISSUER = "switchboard";

    static final Duration LIFETIME = Duration.ofSeconds(60);

    /** {@code type} of a token that comes with an event, on nobody's behalf. */
    static final String EVENT_TYPE = "event";

    private static final String TYPE = "type";
    private static final String SESSION = "session";
    private static final String NAME = "name";
    private static final String ROLES = "roles";
    private static final String WORKSPACES = "workspaces";
    private static final String DIALECT = "dialect";

    /** For how long a token is sent again: signing one costs more than all the rest of a call. */
    private static final Duration SENT_AGAIN = Duration.ofSeconds(20);

    private static final int MOST_KEPT = 5_000;

    /** Whom a token is from, and whom it is for. */
    private record Bearer(Actor actor, String service) {}

    private final Cache<Bearer, String> signed;
    private final ActorKey key;
    private final String jwks;
    private final Clock clock;

    ActorTokens(ActorKey key, Clock clock) {
        this.key = requireNonNull(key, "key");
        this.jwks = key.jwks();
        this.clock = requireNonNull(clock, "clock");
        this.signed = Caffeine.newBuilder()
                .maximumSize(MOST_KEPT)
                .expireAfterWrite(SENT_AGAIN)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .build();
    }

    /** The public keys. */
    String jwks() {
        return jwks;
    }

    /** A token for one service. */
    String sign(Actor actor, String service) {
        return signed.get(new Bearer(actor, service), _ -> signAnew(actor, service));
    }

    private String signAnew(Actor actor, String service) {
        JwtClaimsBuilder token = token(service, actor.claims().map(Claims::expiresAt))
                .claim(TYPE, Claims.ACTOR_TYPE)
                .claim(SESSION, actor.session().toString())
                .claim(DIALECT, actor.dialect());
        actor.claims()
                .ifPresent(claims -> token.subject(claims.subject())
                        .claim(NAME, claims.username())
                        .claim(ROLES, List.copyOf(claims.roles()))
                        .claim(
                                WORKSPACES,
                                claims.views().stream()
                                        .map(View::uuid)
                                        .distinct()
                                        .toList()));
        return sign(token);
    }

    /** A token that comes with an event. */
    String signEvent(String address) {
        return sign(token(address, Optional.empty()).claim(TYPE, EVENT_TYPE));
    }

    private String sign(JwtClaimsBuilder claims) {
        return claims.jws().algorithm(key.algorithm()).keyId(key.id()).sign(key.privateKey());
    }

    /** @param end of what it stands for: a token does not outlive it */
    private JwtClaimsBuilder token(String audience, Optional<Instant> end) {
        Instant now = clock.instant();
        Instant expiry = now.plus(LIFETIME);
        return Jwt.claims()
                .issuer(ISSUER)
                .audience(audience)
                .issuedAt(now.getEpochSecond())
                .expiresAt(end.filter(expiry::isAfter).orElse(expiry).getEpochSecond());
    }

    /**
     * Verifies an actor's token, as a service in this process does that is called over HTTP or the event bus.
     *
     * @param service whom the token must be for: the name of the call
     * @return the actor, whose workspaces have a uuid and nothing else; empty: do not serve
     */
    public Optional<Actor> verify(String token, String service) {
        try {
            JwtClaims claims = new JwtConsumerBuilder()
                    .setVerificationKey(key.publicKey())
                    .setJwsAlgorithmConstraints(
                            AlgorithmConstraints.ConstraintType.PERMIT,
                            key.algorithm().getAlgorithm())
                    .setExpectedIssuer(ISSUER)
                    .setExpectedAudience(service)
                    .setRequireExpirationTime()
                    .setEvaluationTime(NumericDate.fromMilliseconds(clock.millis()))
                    .build()
                    .processToClaims(token);
            return Claims.ACTOR_TYPE.equals(claims.getStringClaimValue(TYPE))
                    ? Optional.of(actor(claims))
                    : Optional.empty();
        } catch (InvalidJwtException | MalformedClaimException | IllegalArgumentException _) {
            // its message holds the token
            return Optional.empty();
        }
    }

    private static Actor actor(JwtClaims claims) throws MalformedClaimException {
        return new Actor(UUID.fromString(text(claims, SESSION)), text(claims, DIALECT), user(claims));
    }

    private static Optional<Claims> user(JwtClaims claims) throws MalformedClaimException {
        if (claims.getSubject() == null) {
            return Optional.empty();
        }
        return Optional.of(new Claims(
                claims.getSubject(),
                text(claims, NAME),
                "",
                Set.copyOf(claims.getStringListClaimValue(ROLES)),
                claims.getStringListClaimValue(WORKSPACES).stream()
                        .map(uuid -> new View(uuid, Optional.empty(), List.of(), View.Permission.READ))
                        .toList(),
                Instant.ofEpochSecond(claims.getExpirationTime().getValue())));
    }

    private static String text(JwtClaims claims, String name) throws MalformedClaimException {
        String text = claims.getStringClaimValue(name);
        if (text == null) {
            throw new MalformedClaimException("there is no " + name);
        }
        return text;
    }
}
