package io.switchboard.dialect.sockjs;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Interner;
import io.netty.buffer.ByteBuf;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.HeartBeat;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Another conversation inside SockJS: each of its messages is one of SockJS. Called on the loop of its session only. */
public final class SockJsConversation implements Conversation {
    /** One wrapper for each renderer, so that publications remember what it makes for all sessions. */
    private static final Interner<Renderer> RENDERERS = Interner.newWeakInterner();

    private final SockJsText text;
    private final Conversation inner;

    // what the last publication was shown by, as most likely the next one is
    private Renderer plain = Renderer.NOTHING;
    private Renderer wrapped = Renderer.NOTHING;

    /** @param mapper reads what clients send, strictly */
    public SockJsConversation(ObjectMapper mapper, Conversation inner) {
        this.text = new SockJsText(mapper);
        this.inner = requireNonNull(inner, "inner");
    }

    @Override
    public List<Command> commands(String message) {
        Optional<List<String>> messages = text.messages(message);
        if (messages.isEmpty()) {
            return List.of(new Command.Malformed("send a JSON array of strings"));
        }
        List<Command> commands = new ArrayList<>();
        for (String one : messages.get()) {
            for (Command command : inner.commands(one)) {
                commands.add(
                        command instanceof Command.Answered(List<Frame> answer)
                                ? new Command.Answered(wrap(answer))
                                : command);
            }
        }
        return commands;
    }

    /** There are no such messages in SockJS. */
    @Override
    public Optional<List<Command>> commands(ByteBuf content) {
        return Optional.empty();
    }

    @Override
    public List<Frame> opening() {
        List<Frame> frames = new ArrayList<>();
        frames.add(Frame.text(SockJsText.OPEN));
        frames.addAll(wrap(inner.opening()));
        return frames;
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return wrap(inner.notice(notice));
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        return wrap(inner.reply(request, reply));
    }

    @Override
    public boolean endsWith(Request request, Reply reply) {
        return inner.endsWith(request, reply);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // the very same renderer
    public Renderer renderer(Publication publication) {
        Renderer renderer = inner.renderer(publication);
        if (renderer == Renderer.NOTHING) {
            return renderer;
        }
        if (renderer != plain) {
            plain = renderer;
            wrapped = RENDERERS.intern(new Wrapping(renderer));
        }
        return wrapped;
    }

    @Override
    public Optional<HeartBeat> heartBeat() {
        return inner.heartBeat().map(beat -> new HeartBeat(wrap(beat.frame()), beat.every(), beat.within()));
    }

    private static List<Frame> wrap(List<Frame> frames) {
        return frames.stream().map(SockJsConversation::wrap).toList();
    }

    private static Frame wrap(Frame frame) {
        List<Frame> messages = frame.contents().stream()
                .map(content -> Frame.text(SockJsText.message(content)))
                .toList();
        return messages.size() == 1 ? messages.getFirst() : Frame.of(messages);
    }

    /** Puts what another renderer makes into frames of SockJS. */
    private record Wrapping(Renderer inner) implements Renderer {
        @Override
        public int slot() {
            return NO_SLOT;
        }

        @Override
        public Frame render(Publication publication) {
            return wrap(inner.render(publication));
        }
    }
}
