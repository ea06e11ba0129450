package io.switchboard.service;

import io.switchboard.auth.Claims;
import io.switchboard.service.ServiceAnswer.Failure;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;

/**
 * Who may call a method: what {@link RequireActor} and {@link ForbidActor} say. Pure.
 *
 * @param user whether somebody must be signed in
 * @param roles one of which the actor must have; empty: none
 * @param forbidden whether nobody may who is an actor
 */
record Admission(boolean user, Set<String> roles, boolean forbidden) {
    private static final Failure NOBODY = new Failure(401, "sign in first");
    private static final Failure NOT_FOR_CLIENTS = new Failure(403, "the service is not for clients");
    private static final Failure NO_ROLE = new Failure(403, "the service needs a role that you do not have");

    Admission {
        roles = Set.copyOf(roles);
    }

    /** Empty: the actor may. */
    Optional<Failure> refuse(Actor actor) {
        if (forbidden) {
            return Optional.of(NOT_FOR_CLIENTS);
        }
        if (!user && roles.isEmpty()) {
            return Optional.empty();
        }
        Optional<Set<String>> held = actor.claims().map(Claims::roles);
        if (held.isEmpty()) {
            return Optional.of(NOBODY);
        }
        return roles.isEmpty() || !Collections.disjoint(roles, held.get()) ? Optional.empty() : Optional.of(NO_ROLE);
    }
}
