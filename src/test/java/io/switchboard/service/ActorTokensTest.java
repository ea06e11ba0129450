package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.build.Jwt;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.WireJson;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.junit.jupiter.api.Test;

class ActorTokensTest {
    private final SimulatedTime time = new SimulatedTime();
    private final ActorKey key = ActorKey.ephemeral();
    private final ActorTokens tokens = new ActorTokens(key, time.clock());

    private Actor actor(Duration signedInFor) {
        return TestCalls.actor(time.now().plus(signedInFor), "editor", "admin");
    }

    private static JsonNode claims(String token) throws Exception {
        return WireJson.MAPPER.readTree(new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), UTF_8));
    }

    @Test
    void theTokenSaysOnWhoseBehalf() throws Exception {
        Actor actor = actor(Duration.ofHours(1));
        JsonNode claims = claims(tokens.sign(actor, "orders.place"));

        assertThat(claims.path("iss").asText()).isEqualTo("switchboard");
        assertThat(claims.path("aud").asText()).isEqualTo("orders.place");
        assertThat(claims.path("sub").asText()).isEqualTo("4711");
        assertThat(claims.path("type").asText()).isEqualTo("websocket");
        assertThat(claims.path("session").asText()).isEqualTo(actor.session().toString());
        assertThat(claims.path("name").asText()).isEqualTo("alice");
        assertThat(claims.path("dialect").asText()).isEqualTo("realtime");
        assertThat(claims.path("roles")).extracting(JsonNode::asText).containsExactlyInAnyOrder("editor", "admin");
        assertThat(claims.path("workspaces")).extracting(JsonNode::asText).containsExactlyInAnyOrder("ws-1", "ws-2");
        assertThat(claims.path("iat").asLong()).isEqualTo(time.now().getEpochSecond());
        assertThat(claims.path("exp").asLong()).isEqualTo(time.now().getEpochSecond() + 60);
    }

    @Test
    void theTokenDoesNotOutliveTheSignIn() throws Exception {
        assertThat(claims(tokens.sign(actor(Duration.ofSeconds(7)), "a"))
                        .path("exp")
                        .asLong())
                .isEqualTo(time.now().getEpochSecond() + 7);
    }

    @Test
    void whoCallsAgainSoonSendsTheSame() {
        Actor actor = actor(Duration.ofHours(1));
        String first = tokens.sign(actor, "a");
        time.advance(Duration.ofSeconds(19));
        assertThat(tokens.sign(actor, "a")).isEqualTo(first);
        assertThat(tokens.sign(actor, "b")).as("another service").isNotEqualTo(first);
        assertThat(tokens.sign(new Actor(actor.session(), "cells", actor.claims()), "a"))
                .as("another actor")
                .isNotEqualTo(first);
        time.advance(Duration.ofSeconds(2));
        String later = tokens.sign(actor, "a");
        assertThat(later).isNotEqualTo(first);
        assertThat(tokens.verify(later, "a")).isPresent();
    }

    @Test
    void whoHasTheSetOfKeysCanVerify() throws Exception {
        JsonWebSignature token = new JsonWebSignature();
        token.setCompactSerialization(tokens.sign(actor(Duration.ofHours(1)), "a"));
        PublicJsonWebKey jwk = (PublicJsonWebKey)
                new JsonWebKeySet(tokens.jwks()).getJsonWebKeys().getFirst();
        token.setKey(jwk.getPublicKey());

        assertThat(token.getKeyIdHeaderValue()).isEqualTo(jwk.getKeyId());
        assertThat(token.getAlgorithmHeaderValue()).isEqualTo(jwk.getAlgorithm());
        assertThat(token.verifySignature()).isTrue();
    }

    @Test
    void aTokenIsVerified() {
        Actor actor = actor(Duration.ofHours(1));
        Actor verified = tokens.verify(tokens.sign(actor, "orders.place"), "orders.place")
                .orElseThrow();

        assertThat(verified.session()).isEqualTo(actor.session());
        assertThat(verified.dialect()).isEqualTo("realtime");
        Claims user = verified.claims().orElseThrow();
        assertThat(user.subject()).isEqualTo("4711");
        assertThat(user.username()).isEqualTo("alice");
        assertThat(user.roles()).isEqualTo(Set.of("editor", "admin"));
        assertThat(user.views()).extracting(View::uuid).containsExactlyInAnyOrder("ws-1", "ws-2");
        assertThat(user.expiresAt()).isEqualTo(time.now().plusSeconds(60));
    }

    @Test
    void theTokenOfNobodyNamesTheSessionAlone() throws Exception {
        Actor nobody = new Actor(UUID.randomUUID(), "flamigo", Optional.empty());
        String token = tokens.sign(nobody, "websocket:auth");

        assertThat(claims(token).fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("iss", "aud", "type", "session", "dialect", "iat", "exp", "jti");
        assertThat(claims(token).path("exp").asLong()).isEqualTo(time.now().getEpochSecond() + 60);
        assertThat(tokens.verify(token, "websocket:auth")).contains(nobody);
        assertThat(tokens.verify(token, "orders.place")).isEmpty();
        time.advance(Duration.ofSeconds(60));
        assertThat(tokens.verify(token, "websocket:auth")).isEmpty();
    }

    @Test
    void whatIsNotThisActorsTokenForThisServiceIsNotVerified() {
        String good = tokens.sign(actor(Duration.ofHours(1)), "orders.place");
        String[] parts = good.split("\\.", -1);
        String stranger = new ActorTokens(ActorKey.ephemeral(), time.clock()).sign(actor(Duration.ofHours(1)), "a");
        String other = Jwt.claims()
                .issuer("switchboard")
                .audience("a")
                .subject("4711")
                .claim("type", "user")
                .issuedAt(time.now().getEpochSecond())
                .expiresAt(time.now().getEpochSecond() + 60)
                .jws()
                .algorithm(SignatureAlgorithm.ES256)
                .sign(key.privateKey());
        String bare = Jwt.claims()
                .issuer("switchboard")
                .audience("a")
                .subject("4711")
                .claim("type", "websocket")
                .issuedAt(time.now().getEpochSecond())
                .expiresAt(time.now().getEpochSecond() + 60)
                .jws()
                .algorithm(SignatureAlgorithm.ES256)
                .sign(key.privateKey());

        assertThat(tokens.verify(good, "orders.cancel")).isEmpty();
        assertThat(tokens.verify(stranger, "a")).isEmpty();
        assertThat(tokens.verify(other, "a")).isEmpty();
        assertThat(tokens.verify(bare, "a")).isEmpty();
        assertThat(tokens.verify(tokens.signEvent("a"), "a")).isEmpty();
        assertThat(tokens.verify(parts[0] + "." + parts[1] + ".", "orders.place"))
                .isEmpty();
        assertThat(tokens.verify("", "a")).isEmpty();
        assertThat(tokens.verify("a.b.c", "a")).isEmpty();
        time.advance(Duration.ofSeconds(59));
        assertThat(tokens.verify(good, "orders.place")).isPresent();
        time.advance(Duration.ofSeconds(1));
        assertThat(tokens.verify(good, "orders.place")).isEmpty();
    }
}
