package io.switchboard.dialect;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.event.ActivityFamily;
import io.switchboard.event.Audience;
import io.switchboard.event.IdmFamily;
import io.switchboard.event.JobFamily;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;

/** What claims imply, whichever dialect asks. */
public final class ImpliedTopics {
    private ImpliedTopics() {}

    /** All of it, for a client that chooses which events it hears of, each as it comes. */
    public static void ofSubscriber(UUID session, Claims claims, Interests interests) {
        ofEvents(claims, Pace.EVERY, interests);
        ofAudiences(session, claims, interests);
    }

    /** The topics of events: of the workspaces, roles, jobs and activities that are the bearer's. */
    public static void ofEvents(Claims claims, Pace pace, Interests interests) {
        Set<String> workspaces = new HashSet<>();
        for (View view : claims.views()) {
            interests.view(view, pace);
            if (workspaces.add(view.uuid())) {
                interests.topic(IdmFamily.topicOfWorkspace(view.uuid()), new Guard.HoldsWorkspace(view.uuid()));
            }
        }
        for (String role : claims.roles()) {
            interests.topic(IdmFamily.topicOfRole(role), new Guard.HasRole(role));
        }
        Guard user = new Guard.IsUser(claims.username());
        interests.topic(JobFamily.topicOf(claims.username()), user);
        interests.topic(ActivityFamily.topicOf(claims.username()), user);
        interests.topic(IdmFamily.topicOfUser(claims.username()), user);
        interests.topic(IdmFamily.topicOfSubject(claims.subject()), new Guard.IsSubject(claims.subject()));
        if (claims.profile().equals(Claims.ADMIN_PROFILE)) {
            interests.topic(JobFamily.SYSTEM_TOPIC, JobFamily.SYSTEM_GUARD);
        }
    }

    /** Where messages to audiences find the session: its own, its user's, and those of its roles and workspaces. */
    private static void ofAudiences(UUID session, Claims claims, Interests interests) {
        interests.topic(Audience.EVERYONE, new Guard.IsAnybody());
        interests.topic(Audience.topicOfSession(session), new Guard.IsSession(session));
        interests.topic(Audience.topicOfUser(claims.username()), new Guard.IsUser(claims.username()));
        for (String role : claims.roles()) {
            interests.topic(Audience.topicOfRole(role), new Guard.HasRole(role));
        }
        Set<String> workspaces = new HashSet<>();
        for (View view : claims.views()) {
            if (workspaces.add(view.uuid())) {
                interests.topic(Audience.topicOfWorkspace(view.uuid()), new Guard.HoldsWorkspace(view.uuid()));
            }
        }
    }
}
