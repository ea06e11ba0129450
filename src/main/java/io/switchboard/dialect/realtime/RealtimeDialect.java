package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.ByteBuf;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The JSON realtime protocol: the client brings its token with the upgrade request, is greeted, and subscribes to topics by
 * pattern. Messages carry the position of their event, so that a client which was away gets what it missed.
 */
public final class RealtimeDialect implements SimpleDialect {
    private static final Renderer TEXT = new Deliveries(false);
    private static final Renderer BINARY = new Deliveries(true);

    private final Replies replies;
    private final MessageReader messages;
    private final BinaryReader binaries;

    /** @param mapper reads what clients send, strictly */
    public RealtimeDialect(ObjectMapper mapper) {
        this.replies = new Replies(mapper);
        this.messages = new MessageReader(mapper, replies);
        this.binaries = new BinaryReader(mapper);
    }

    @Override
    public DialectKind kind() {
        return DialectKind.REALTIME;
    }

    @Override
    public Command decode(String text) {
        return messages.read(text);
    }

    @Override
    public Optional<Command> decode(ByteBuf content) {
        return Optional.of(binaries.read(content));
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return replies.notice(notice);
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        return replies.reply((RealtimeRequest) request, reply);
    }

    @Override
    public Renderer renderer() {
        return TEXT;
    }

    @Override
    public Renderer binaryRenderer() {
        return BINARY;
    }

    @Override
    public boolean signsInAtUpgrade() {
        return true;
    }

    @Override
    public boolean hasSubscriptions() {
        return true;
    }

    @Override
    public boolean takesLetters() {
        return true;
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofSubscriber(session, claims, interests);
    }
}
