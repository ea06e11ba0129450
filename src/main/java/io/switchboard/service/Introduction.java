package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Optional;

/**
 * What a service answers that signs a client in: an object with a {@code token}.
 *
 * @param token of the user, for Switchboard alone; worth what verifying it shows
 * @param rest what else the object holds, for the client: a JSON object, UTF-8
 * @param subscriptions what the service wants to change of the client's subscriptions, once it is signed in
 * @param grant topics that it opens for the client
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record Introduction(
        String token, byte[] rest, Optional<SubscriptionChange> subscriptions, Optional<Grant> grant) {
    private static final String TOKEN = "token";

    public Introduction {
        requireNonNull(token, "token");
        requireNonNull(rest, "rest");
        requireNonNull(subscriptions, "subscriptions");
        requireNonNull(grant, "grant");
    }

    /** Empty: it names no token. */
    public static Optional<Introduction> of(ServiceAnswer.Reply reply) {
        try {
            JsonNode json = StrictJson.tree(reply.payload());
            JsonNode token = json.path(TOKEN);
            if (!(json instanceof ObjectNode object)
                    || !token.isTextual()
                    || token.textValue().isEmpty()) {
                return Optional.empty();
            }
            object.remove(TOKEN);
            return Optional.of(new Introduction(
                    token.textValue(),
                    StrictJson.bytes(object, Integer.MAX_VALUE),
                    reply.subscriptions(),
                    reply.grant()));
        } catch (IOException _) {
            // who answered saw to it that it is JSON
            return Optional.empty();
        }
    }

    /** Without the token, and what else was said. */
    @Override
    public String toString() {
        return "Introduction[]";
    }
}
