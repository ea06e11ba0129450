package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Guard;
import io.switchboard.hub.Topic;
import java.util.UUID;

/** Whom a message is for, as its sender says. */
public sealed interface Audience {
    /** Whoever is subscribed to the topic and may hear of it. */
    record Subscribers(Topic topic) implements Audience {
        public Subscribers {
            requireNonNull(topic, "topic");
        }
    }

    /** A user, by login, in all sessions. */
    record User(String login) implements Audience {
        public User {
            requireNonNull(login, "login");
        }
    }

    /** Everybody with that role. */
    record Role(String id) implements Audience {
        public Role {
            requireNonNull(id, "id");
        }
    }

    /** Everybody who holds that workspace. */
    record Workspace(String uuid) implements Audience {
        public Workspace {
            requireNonNull(uuid, "uuid");
        }
    }

    /** One session. */
    record Session(UUID id) implements Audience {
        public Session {
            requireNonNull(id, "id");
        }
    }

    /** Everybody who is signed in. */
    record Everyone() implements Audience {}

    /** The topic under which those whom it names are found. */
    default Topic topic() {
        return switch (this) {
            case Subscribers(Topic topic) -> topic;
            case User(String login) -> topicOfUser(login);
            case Role(String id) -> topicOfRole(id);
            case Workspace(String uuid) -> topicOfWorkspace(uuid);
            case Session(UUID id) -> topicOfSession(id);
            case Everyone() -> EVERYONE;
        };
    }

    /** Who may see what is for it. */
    default Guard guard(Guard.MayHear.Rules rules) {
        return switch (this) {
            case Subscribers(Topic topic) -> new Guard.MayHear(topic, rules);
            case User(String login) -> new Guard.IsUser(login);
            case Role(String id) -> new Guard.HasRole(id);
            case Workspace(String uuid) -> new Guard.HoldsWorkspace(uuid);
            case Session(UUID id) -> new Guard.IsSession(id);
            case Everyone() -> new Guard.IsAnybody();
        };
    }

    /** Where everybody is found. */
    Topic EVERYONE = Topic.of("everyone");

    /** Where all sessions of a user are found. */
    static Topic topicOfUser(String login) {
        return Topic.of("user", login);
    }

    /** Where everybody with a role is found. */
    static Topic topicOfRole(String role) {
        return Topic.of("role", role);
    }

    /** Where everybody who holds a workspace is found. */
    static Topic topicOfWorkspace(String uuid) {
        return Topic.of("workspace", uuid);
    }

    /** Where one session is found. */
    static Topic topicOfSession(UUID id) {
        return Topic.of("session", id.toString());
    }
}
