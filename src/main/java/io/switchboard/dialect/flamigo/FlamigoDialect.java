package io.switchboard.dialect.flamigo;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.SimpleDialect;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Frame;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.UUID;

/**
 * The protocol of Flamigo's WebSocket interface: a client signs in and calls strategies, which are internal services, and is
 * answered under the same topic. What else it hears of services decide, which subscribe its connection to topics.
 */
public final class FlamigoDialect implements SimpleDialect {
    private static final Renderer RENDERER = new Deliveries();

    private final RequestReader requests;
    private final Answers answers;

    /**
     * @param mapper reads what clients send, strictly
     * @param signInByService whether a service takes what a client sends to sign in, and not the dialect the token in it
     */
    public FlamigoDialect(ObjectMapper mapper, boolean signInByService) {
        ObjectReader reader = mapper.reader()
                .with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .without(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES);
        this.requests = new RequestReader(mapper, reader, signInByService);
        this.answers = new Answers(mapper, reader);
    }

    @Override
    public DialectKind kind() {
        return DialectKind.FLAMIGO;
    }

    @Override
    public Command decode(String text) {
        return requests.read(text);
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return answers.notice(notice);
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        return answers.reply((FlamigoRequest) request, reply);
    }

    @Override
    public Renderer renderer() {
        return RENDERER;
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
    public List<TopicName> names(String text) throws InvalidTopicException {
        return Names.read(text);
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofSubscriber(session, claims, interests);
    }
}
