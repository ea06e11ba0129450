package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import java.util.UUID;

/**
 * Who may see a publication: a predicate over claims, cheap enough to be asked for every candidate. Value objects, since
 * implied subscriptions are found by their guard.
 */
public sealed interface Guard {
    /** Whether claims allow the publication. Pure, any thread. */
    boolean allows(Claims claims);

    /** The guard under which those who may be asked have subscribed: itself, or the first part of {@link Both}. */
    default Guard audience() {
        return this;
    }

    /** Those whose claims hold this very view. */
    record HoldsView(View view) implements Guard {
        public HoldsView {
            requireNonNull(view, "view");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.holds(view);
        }
    }

    /** That user, in all sessions. */
    record IsUser(String username) implements Guard {
        public IsUser {
            requireNonNull(username, "username");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.username().equals(username);
        }
    }

    /** Those with that profile. */
    record HasProfile(String profile) implements Guard {
        public HasProfile {
            requireNonNull(profile, "profile");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.profile().equals(profile);
        }
    }

    /** The one whom the token calls so in {@code sub}. */
    record IsSubject(String subject) implements Guard {
        public IsSubject {
            requireNonNull(subject, "subject");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.subject().equals(subject);
        }
    }

    /** Those with that role. */
    record HasRole(String role) implements Guard {
        public HasRole {
            requireNonNull(role, "role");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.roles().contains(role);
        }
    }

    /** Those who hold that workspace, whatever they see of it. */
    record HoldsWorkspace(String uuid) implements Guard {
        public HoldsWorkspace {
            requireNonNull(uuid, "uuid");
        }

        @Override
        public boolean allows(Claims claims) {
            return claims.holdsWorkspace(uuid);
        }
    }

    /**
     * Those whom the policies of a resource let read it: who is denied is denied, then who is allowed is allowed, and
     * everybody else is denied. A few look-ups in sets.
     */
    record MayRead(Subjects denied, Subjects allowed) implements Guard {
        public MayRead {
            requireNonNull(denied, "denied");
            requireNonNull(allowed, "allowed");
        }

        @Override
        public boolean allows(Claims claims) {
            return !denied.contains(claims) && allowed.contains(claims);
        }
    }

    /** That one session. */
    record IsSession(UUID id) implements Guard {
        public IsSession {
            requireNonNull(id, "id");
        }

        /** Never: claims do not say which session they are held by, and the one with the id asks nobody. */
        @Override
        public boolean allows(Claims claims) {
            return false;
        }
    }

    /** Whoever is signed in. */
    record IsAnybody() implements Guard {
        @Override
        public boolean allows(Claims claims) {
            return true;
        }
    }

    /** Those whom the rules let hear of a topic. */
    record MayHear(Topic topic, Rules rules) implements Guard {
        /** Who may hear of what. */
        public interface Rules {
            /** Pure, any thread. */
            boolean mayHear(Claims claims, Topic topic);
        }

        public MayHear {
            requireNonNull(topic, "topic");
            requireNonNull(rules, "rules");
        }

        @Override
        public boolean allows(Claims claims) {
            return rules.mayHear(claims, topic);
        }
    }

    /** Those who may be in a room, as far as claims say it. */
    record MayEnter(UUID room, Entry entry) implements Guard {
        /** Who may be in one room; equal to that of the same room. */
        public interface Entry {
            /** Any thread. What it says may change with who else is there, so it is asked each time. */
            boolean mayEnter(Claims claims);
        }

        public MayEnter {
            requireNonNull(room, "room");
            requireNonNull(entry, "entry");
        }

        @Override
        public boolean allows(Claims claims) {
            return entry.mayEnter(claims);
        }
    }

    /**
     * Those of an audience who fulfil a condition as well. Candidates are found by the audience alone, and both are asked.
     */
    record Both(Guard audience, Guard condition) implements Guard {
        public Both {
            requireNonNull(audience, "audience");
            requireNonNull(condition, "condition");
        }

        @Override
        public boolean allows(Claims claims) {
            return audience.allows(claims) && condition.allows(claims);
        }
    }
}
