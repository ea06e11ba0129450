package io.switchboard.dialect;

import io.netty.buffer.ByteBuf;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Renderer;
import io.switchboard.hub.Topic;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** One wire protocol. Pure and shared by all sessions that speak it; any thread. */
public interface Dialect {
    DialectKind kind();

    /** What a text message of the client means; never throws, whatever it holds. */
    Command decode(String text);

    /**
     * What a binary message of the client means; never throws. Empty: the dialect has no such messages.
     *
     * @param content valid during the call only
     */
    default Optional<Command> decode(ByteBuf content) {
        return Optional.empty();
    }

    /** How what a session says by itself looks; empty where the dialect has no way to say it. */
    List<Frame> notice(Notice notice);

    /** How the outcome of a command looks. */
    default List<Frame> reply(Request request, Reply reply) {
        throw new IllegalArgumentException("the protocol has no replies");
    }

    /** How publications look. */
    Renderer renderer();

    /** The same to a client that takes binary messages. */
    default Renderer binaryRenderer() {
        return renderer();
    }

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

    /**
     * Whether commands change where the session is, so that each waits until the one before is done, a sign-in included; and
     * whether a client that is refused something stays, however often.
     */
    default boolean hasRooms() {
        return false;
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
