package io.switchboard.dialect;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Guard;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** One wire protocol. Shared by all sessions that speak it; any thread. */
public interface Dialect {
    DialectKind kind();

    /** Begins to speak with a client. */
    Conversation begin(Manner manner);

    /** Whether a client signs in with its upgrade request, and not by a message. */
    default boolean signsInAtUpgrade() {
        return false;
    }

    /** Whether clients choose what they hear of, and not their claims alone. */
    default boolean hasSubscriptions() {
        return false;
    }

    /** Whether what one user writes to another can be shown. */
    default boolean takesLetters() {
        return false;
    }

    /** Whether a service that has newer tokens for users is asked for one from time to time. */
    default boolean renewsTokens() {
        return false;
    }

    /**
     * Whether commands change where the session is, so that each waits until the one before is done, a sign-in included; and
     * whether a client that is refused something stays, however often.
     */
    default boolean hasRooms() {
        return false;
    }

    /**
     * What a service means that names topics for a client's subscriptions.
     *
     * @throws InvalidTopicException it is none
     */
    default List<TopicName> names(String text) throws InvalidTopicException {
        return List.of(new TopicName(text, TopicSyntax.DOTTED.pattern(text)));
    }

    /**
     * Names what a session may hear of because of its claims, and no rule. Where the dialect {@link #hasSubscriptions}, the
     * topics of events count only as far as the client asks for them.
     *
     * @param session the session's id
     */
    void implied(UUID session, Claims claims, Interests interests);

    /** The topics of what is {@link #implied}, whatever the pace of it. */
    default Set<Topic> impliedTopics(UUID session, Claims claims) {
        Set<Topic> topics = new HashSet<>();
        implied(session, claims, new Interests() {
            @Override
            public void view(View view, Pace pace) {
                topics.add(Pace.EVERY.topicOf(view.uuid()));
            }

            @Override
            public void topic(Topic topic, Guard guard) {
                topics.add(topic);
            }
        });
        return topics;
    }
}
