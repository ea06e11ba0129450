package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Interner;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Manner;
import io.switchboard.dialect.sockjs.SockJsConversation;
import io.switchboard.hub.Renderer;
import java.time.Duration;
import java.util.UUID;

/**
 * STOMP 1.0, 1.1 and 1.2, on a WebSocket or inside SockJS: clients subscribe to {@code /topic/…} and to what is theirs alone, and send
 * to topics, services and users. Who is nobody may wait for operations to be authorized, as the front end of Web Flow does.
 */
public final class StompDialect implements Dialect {
    private final ObjectMapper mapper;
    private final SendReader sends;
    private final int longestFrame;
    private final Duration heartBeat;
    private final Interner<Renderer> renderers = Interner.newWeakInterner();

    /**
     * @param mapper reads what clients send, strictly
     * @param longestFrame that a client may send, in bytes; 0: any
     * @param heartBeat how often both sides say that they are there; zero: never
     */
    public StompDialect(ObjectMapper mapper, int longestFrame, Duration heartBeat) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.sends = new SendReader(mapper);
        this.longestFrame = longestFrame;
        this.heartBeat = requireNonNull(heartBeat, "heartBeat");
    }

    @Override
    public DialectKind kind() {
        return DialectKind.STOMP;
    }

    @Override
    public Conversation begin(Manner manner) {
        Conversation conversation = new StompConversation(mapper, sends, renderers, longestFrame, heartBeat);
        return manner.sockJs() ? new SockJsConversation(mapper, conversation) : conversation;
    }

    @Override
    public boolean hasSubscriptions() {
        return true;
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofSubscriber(session, claims, interests);
    }
}
