package io.switchboard.event;

import io.switchboard.event.IdmEvent.Entity;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Identities: who has the role, is the user or holds the workspace that changed is told. Pure, any thread. */
public final class IdmFamily {
    private static final String FAMILY = "idm";

    private IdmFamily() {}

    /** Changes of a role, and of its rights. */
    public static Topic topicOfRole(String role) {
        return Topic.of(FAMILY, "role", role);
    }

    /** Changes of a user, by login. */
    public static Topic topicOfUser(String username) {
        return Topic.of(FAMILY, "user", username);
    }

    /** Changes of a user of whom only the subject claim is known. */
    public static Topic topicOfSubject(String subject) {
        return Topic.of(FAMILY, "subject", subject);
    }

    /** Changes of a workspace itself. */
    public static Topic topicOfWorkspace(String uuid) {
        return Topic.of(FAMILY, "workspace", uuid);
    }

    /** Empty where the event concerns nobody. */
    static Optional<Publication> publication(Position position, IdmEvent event) {
        return switch (event.entity()) {
            case Entity.Acl(String role) -> toRole(position, event, role);
            case Entity.Role(String role) -> toRole(position, event, role);
            case Entity.User user -> toUser(position, event, user);
            case Entity.Workspace(String uuid) ->
                publication(position, event, topicOfWorkspace(uuid), new Guard.HoldsWorkspace(uuid));
            case Entity.Other() -> Optional.empty();
        };
    }

    private static Optional<Publication> toRole(Position position, IdmEvent event, String role) {
        return publication(position, event, topicOfRole(role), new Guard.HasRole(role));
    }

    private static Optional<Publication> toUser(Position position, IdmEvent event, Entity.User user) {
        if (user.login().isPresent()) {
            String login = user.login().get();
            return publication(position, event, topicOfUser(login), new Guard.IsUser(login));
        }
        return user.uuid()
                .flatMap(uuid -> publication(position, event, topicOfSubject(uuid), new Guard.IsSubject(uuid)));
    }

    private static Optional<Publication> publication(Position position, IdmEvent event, Topic topic, Guard guard) {
        return Optional.of(new Publication(
                position,
                topic,
                guard,
                Policy.RELIABLE,
                Optional.empty(),
                event.json().getBytes(StandardCharsets.UTF_8)));
    }
}
