package io.switchboard.dialect;

import io.netty.buffer.ByteBuf;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.Optional;

/** What one client says and hears, and what a dialect has to remember of it. Called on the loop of its session only. */
public interface Conversation {
    /** What a text message of the client means, in its order; never throws, whatever it holds. */
    List<Command> commands(String text);

    /**
     * What a binary message of the client means; never throws. Empty: there are no such messages.
     *
     * @param content valid during the call only
     */
    Optional<List<Command>> commands(ByteBuf content);

    /** The first thing of all that is sent, before anything was said. */
    default List<Frame> opening() {
        return List.of();
    }

    /** How what a session says by itself looks; empty where there is no way to say it. */
    List<Frame> notice(Notice notice);

    /** How the outcome of a command looks. */
    List<Frame> reply(Request request, Reply reply);

    /** Whether the connection ends with this answer. */
    default boolean endsWith(Request request, Reply reply) {
        return false;
    }

    /** How a publication looks; {@link Renderer#NOTHING} where the client is not shown it. */
    Renderer renderer(Publication publication);

    /** What was agreed on to notice that the other side is gone; empty: nothing, or not yet. */
    default Optional<HeartBeat> heartBeat() {
        return Optional.empty();
    }
}
