package io.switchboard.transport;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.sockjs.SockJsConversation;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Stands where STOMP does and says back what it hears. {@code many <n> <size>} is answered with so many messages of so many
 * characters; {@code sign in} holds what follows until the token is verified; {@code bad} breaks the protocol, {@code burst}
 * ours.
 */
final class EchoDialect implements Dialect {
    private static final Request REQUEST = new Request() {};

    private final ObjectMapper mapper;

    EchoDialect(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    @Override
    public DialectKind kind() {
        return DialectKind.STOMP;
    }

    @Override
    public Conversation begin(Manner manner) {
        return manner.sockJs() ? new SockJsConversation(mapper, new Echo()) : new Echo();
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        // nothing
    }

    private static final class Echo implements Conversation {
        @Override
        public List<Command> commands(String text) {
            String[] words = text.split(" ", -1);
            return List.of(
                    switch (words[0]) {
                        case "many" ->
                            new Command.Answered(Collections.nCopies(
                                    Integer.parseInt(words[1]), Frame.text("x".repeat(Integer.parseInt(words[2])))));
                        case "sign" -> new Command.Authenticate(REQUEST, Optional.of("token"));
                        case "leave" -> new Command.Leave(REQUEST);
                        case "bad" -> new Command.Malformed("bad");
                        case "burst" -> throw new IllegalStateException("burst");
                        default -> new Command.Answered(List.of(Frame.text(text)));
                    });
        }

        @Override
        public Optional<List<Command>> commands(ByteBuf content) {
            return Optional.empty();
        }

        @Override
        public List<Frame> notice(Notice notice) {
            return notice instanceof Notice.Closing closing
                    ? List.of(Frame.text("closing " + closing.status()))
                    : List.of();
        }

        @Override
        public List<Frame> reply(Request request, Reply reply) {
            return List.of(Frame.text(reply.getClass().getSimpleName()));
        }

        @Override
        public Renderer renderer(Publication publication) {
            return Renderer.NOTHING;
        }
    }
}
