package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * A change of an identity: of a role, a user, a workspace, or of what one may do.
 *
 * @param change what happened
 * @param entity to whom or what; the first that the event names
 * @param json the event as clients receive it, JSON
 */
public record IdmEvent(Change change, Entity entity, String json) implements Event {
    public IdmEvent {
        requireNonNull(change, "change");
        requireNonNull(entity, "entity");
        requireNonNull(json, "json");
    }

    @Override
    public EventTopic topic() {
        return EventTopic.IDM;
    }

    @Override
    public int weight() {
        return json.length();
    }

    /** What happened, the field {@code Type}; {@code CREATE} is the wire's default and is left out there. */
    public enum Change {
        CREATE,
        READ,
        UPDATE,
        DELETE,
        BIND,
        LOGIN,
        LOGOUT
    }

    /** What changed. Ids are never empty. */
    public sealed interface Entity {
        /** A right of a role: the right changed, not the role. */
        record Acl(String roleId) implements Entity {
            public Acl {
                requireNonNull(roleId, "roleId");
            }
        }

        record Role(String uuid) implements Entity {
            public Role {
                requireNonNull(uuid, "uuid");
            }
        }

        /**
         * A user, or a group of users.
         *
         * @param login as internal services know the user
         * @param uuid the {@code sub} of the user's tokens; one of the two is there
         */
        record User(Optional<String> login, Optional<String> uuid) implements Entity {
            public User {
                requireNonNull(login, "login");
                requireNonNull(uuid, "uuid");
            }
        }

        record Workspace(String uuid) implements Entity {
            public Workspace {
                requireNonNull(uuid, "uuid");
            }
        }

        /** Nothing that anybody would be told of, such as a parameter of a role. */
        record Other() implements Entity {}
    }
}
