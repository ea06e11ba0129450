package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.Claims;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Dialect;
import io.switchboard.dialect.DialectKind;
import io.switchboard.dialect.ImpliedTopics;
import io.switchboard.dialect.Interests;
import io.switchboard.dialect.Manner;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The protocol of OpenFlow: a client signs in, works off queues and sends to them, watches what happens to documents, and calls
 * internal services with every command that is none of these. Shared by all sessions that speak it; any thread.
 */
public final class OpenFlowDialect implements Dialect {
    private final ObjectMapper mapper;
    private final OpenFlowSettings settings;
    private final LongSupplier nanoTime;
    private final Documents documents;

    /**
     * @param mapper reads what clients send, strictly
     * @param nanoTime a clock for intervals
     */
    public OpenFlowDialect(ObjectMapper mapper, OpenFlowSettings settings, LongSupplier nanoTime) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.settings = requireNonNull(settings, "settings");
        this.nanoTime = requireNonNull(nanoTime, "nanoTime");
        this.documents = new Documents(mapper);
    }

    @Override
    public DialectKind kind() {
        return DialectKind.OPENFLOW;
    }

    @Override
    public Conversation begin(Manner manner) {
        return new OpenFlowConversation(mapper, settings, documents, nanoTime);
    }

    @Override
    public boolean hasSubscriptions() {
        return true;
    }

    @Override
    public boolean renewsTokens() {
        return true;
    }

    @Override
    public void implied(UUID session, Claims claims, Interests interests) {
        ImpliedTopics.ofSubscriber(session, claims, interests);
    }
}
