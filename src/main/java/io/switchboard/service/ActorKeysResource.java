package io.switchboard.service;

import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;

/** The public keys of actors' tokens, for whoever wants to verify one. */
@Singleton
@Path("/api/v1/actor/jwks")
public class ActorKeysResource {
    private final ActorTokens tokens;

    ActorKeysResource(ActorTokens tokens) {
        this.tokens = tokens;
    }

    /** A JWK set (RFC 7517). */
    @GET
    @Produces({"application/jwk-set+json", "application/json"})
    public String keys() {
        return tokens.jwks();
    }
}
