package io.switchboard.admin;

import io.smallrye.mutiny.Uni;
import io.switchboard.admin.Administration.Act;
import io.switchboard.auth.Entitlement;
import io.switchboard.http.Problem;
import io.switchboard.http.ProblemException;
import io.switchboard.session.Revoker;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Encoded;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;

/**
 * Taking away from a user what tokens gave; tokens that are issued later count in full. A user is named by login or by
 * subject, and need not be connected. Needs the role of administrators.
 */
@Singleton
@Path("/api/v1/users/{user}")
@Produces(MediaType.APPLICATION_JSON)
public class UsersResource {
    private final Administration administration;
    private final Revoker revoker;

    UsersResource(Administration administration, Revoker revoker) {
        this.administration = administration;
        this.revoker = revoker;
    }

    /**
     * Revokes a user: closes every session with 4403, and refuses tokens with an earlier {@code iat}, or none, until the
     * revocation lapses.
     */
    @DELETE
    public Uni<ActResult> revoke(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("user") @Encoded String user,
            @Context HttpServerRequest request) {
        return administration.perform(authorization, () -> {
            PathText.refuseParameters(request.path());
            String name = PathText.decode(user, "user");
            return new Act<>("revoke_user", name, () -> revoker.revokeUser(name).thenApply(ActResult::of));
        });
    }

    /**
     * Withdraws a workspace or a role from a user: out of every session, which stays open, and out of tokens with an earlier
     * {@code iat}, or none, until the withdrawal lapses.
     *
     * @param kind {@code workspace} or {@code role}
     * @param id the workspace's uuid or the role's id
     */
    @DELETE
    @Path("claims/{kind}/{id}")
    public Uni<ActResult> withdraw(
            @HeaderParam(HttpHeaders.AUTHORIZATION) String authorization,
            @PathParam("user") @Encoded String user,
            @PathParam("kind") @Encoded String kind,
            @PathParam("id") @Encoded String id,
            @Context HttpServerRequest request) {
        return administration.perform(authorization, () -> {
            PathText.refuseParameters(request.path());
            Entitlement.Kind known = Entitlement.Kind.of(kind)
                    .orElseThrow(() -> new ProblemException(
                            new Problem(404, "Unknown kind", "kinds of claims are workspace and role")));
            String name = PathText.decode(user, "user");
            Entitlement entitlement = new Entitlement(known, PathText.decode(id, "id"));
            return new Act<>(
                    "withdraw_" + known.wireName(),
                    name + " " + entitlement.id(),
                    () -> revoker.withdraw(name, entitlement).thenApply(ActResult::of));
        });
    }
}
