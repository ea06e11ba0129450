package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.Optional;

/** A dialect in which each message stands for itself. Pure and shared by all sessions that speak it; any thread. */
public interface SimpleDialect extends Dialect {
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

    @Override
    default Conversation begin(Manner manner) {
        return new Simple(this, manner.binary() ? binaryRenderer() : renderer());
    }

    /** A conversation of which nothing is remembered but whether the client takes binary messages. */
    final class Simple implements Conversation {
        private final SimpleDialect dialect;
        private Renderer renderer;

        private Simple(SimpleDialect dialect, Renderer renderer) {
            this.dialect = requireNonNull(dialect, "dialect");
            this.renderer = requireNonNull(renderer, "renderer");
        }

        @Override
        public List<Command> commands(String text) {
            return List.of(dialect.decode(text));
        }

        @Override
        public Optional<List<Command>> commands(ByteBuf content) {
            Optional<List<Command>> commands = dialect.decode(content).map(List::of);
            if (commands.isPresent()) {
                // who sends them takes them
                renderer = dialect.binaryRenderer();
            }
            return commands;
        }

        @Override
        public List<Frame> notice(Notice notice) {
            return dialect.notice(notice);
        }

        @Override
        public List<Frame> reply(Request request, Reply reply) {
            return dialect.reply(request, reply);
        }

        @Override
        public Renderer renderer(Publication publication) {
            return renderer;
        }
    }
}
