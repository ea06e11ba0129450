package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.TopicName;
import io.switchboard.hub.Frame;
import io.switchboard.hub.TopicSyntax;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes what one client gets beside publications. Called on the session's loop only. */
final class Answers {
    static final String WEB_SOCKET_ID = "webSocketId";

    private static final String SERVER = "switchboard";
    private static final int NOT_FOUND = 404;

    private final ObjectMapper mapper;
    private final ClientSubscriptions subscriptions;
    private StompVersion version = StompVersion.V1_0;
    private long messages;

    /** Answers to registrations that nobody listened to yet. */
    private final List<Reply.Registered> unheard = new ArrayList<>();

    Answers(ObjectMapper mapper, ClientSubscriptions subscriptions) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.subscriptions = requireNonNull(subscriptions, "subscriptions");
    }

    /** From now on frames are written for this version. */
    void speak(StompVersion negotiated) {
        version = negotiated;
    }

    private static Frame frame(FrameWriter writer) {
        return Frame.text(writer.bytes());
    }

    Frame connected(Reply.Authenticated authenticated, HeartBeats heartBeats) {
        FrameWriter connected = FrameWriter.of("CONNECTED", version)
                .header("version", version.text())
                .header("heart-beat", heartBeats.offer())
                .header("session", authenticated.session().toString())
                .header("server", SERVER);
        authenticated.claims().ifPresent(claims -> connected.header("user-name", claims.username()));
        return frame(connected);
    }

    /** The receipt of a request, where it asked for one. */
    List<Frame> receipt(StompRequest request) {
        return request.receipt()
                .map(id -> frame(FrameWriter.of("RECEIPT", version).header("receipt-id", id)))
                .map(List::of)
                .orElse(List.of());
    }

    Frame error(int status, String message, Optional<StompRequest> request) {
        FrameWriter error = FrameWriter.of("ERROR", version)
                .header("message", message)
                .header(Headers.STATUS, Integer.toString(status));
        request.flatMap(StompRequest::receipt).ifPresent(id -> error.header("receipt-id", id));
        if (request.filter(one -> one.kind() == StompRequest.Kind.VERSION).isPresent()) {
            // STOMP 1.2, Protocol Negotiation
            error.header("version", StompVersion.ALL);
        }
        return frame(error);
    }

    Frame failed(StompRequest request, Reply.Failed failed) {
        String message = failed.topic().isEmpty() ? failed.message() : failed.message() + ": " + failed.topic();
        return error(failed.status(), message, Optional.of(request));
    }

    /** Nobody has the message, and nobody will. */
    Frame lost(StompRequest request) {
        return error(
                NOT_FOUND, "the user is not there, and no more messages are kept for this user", Optional.of(request));
    }

    /** What a service answered; nothing where the client does not listen. */
    List<Frame> called(StompRequest request, byte[] payload) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.correlation().ifPresent(id -> headers.put(Headers.CORRELATION_ID, id));
        return messages(Destination.Own.REPLIES, headers, payload);
    }

    /** The same of one that failed. */
    List<Frame> called(StompRequest request, Reply.Failed failed) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.correlation().ifPresent(id -> headers.put(Headers.CORRELATION_ID, id));
        headers.put(Headers.STATUS, Integer.toString(failed.status()));
        ObjectNode body =
                mapper.createObjectNode().put("error", failed.message()).put("status", failed.status());
        failed.retryAfterMillis().ifPresent(millis -> body.put("retry_after_ms", millis));
        return messages(Destination.Own.REPLIES, headers, body);
    }

    /** Whether the client waits for an operation now; kept until it listens. */
    List<Frame> registered(Reply.Registered registered) {
        if (!subscriptions.has(Destination.Own.REGISTRATION)) {
            if (unheard.size() < ClientSubscriptions.MOST) {
                unheard.add(registered);
            }
            return List.of();
        }
        return messages(
                Destination.Own.REGISTRATION,
                Map.of(),
                mapper.createObjectNode()
                        .put(WEB_SOCKET_ID, registered.id())
                        .put("registrationSucceeded", registered.succeeded()));
    }

    /** What was kept of that. */
    List<Frame> unheard() {
        List<Reply.Registered> kept = List.copyOf(unheard);
        unheard.clear();
        return kept.stream().flatMap(one -> registered(one).stream()).toList();
    }

    List<Frame> notice(Notice notice) {
        return switch (notice) {
            // the others are for what the protocol does not have
            case Notice.Welcome _,
                    Notice.Renewed _,
                    Notice.Work _,
                    Notice.QueueClosed _,
                    Notice.ExchangeClosed _,
                    Notice.Departing _ -> List.of();
            case Notice.Authorized authorized ->
                messages(
                        Destination.Own.AUTHORIZATION,
                        Map.of(),
                        mapper.createObjectNode()
                                .put(WEB_SOCKET_ID, authorized.id())
                                .put("authResult", authorized.result()));
            case Notice.TokenExpiring expiring ->
                told(
                        "token_expiring",
                        body -> body.put("expires_at", expiring.expiresAt().toEpochMilli()));
            case Notice.Dropped dropped ->
                told("unsubscribed", body -> {
                    dropped.names().stream().map(TopicName::text).forEach(body.putArray("destinations")::add);
                    body.put("reason", "no longer allowed");
                });
            case Notice.Gap gap ->
                told("gap", body -> {
                    gap.topic().ifPresent(topic -> body.put("topic", TopicSyntax.DOTTED.write(topic)));
                    body.put("missed", gap.missed());
                });
            case Notice.Revoked _ -> List.of(error(403, "the session was revoked", Optional.empty()));
            case Notice.Closing(int status, String reason) -> List.of(error(status, reason, Optional.empty()));
        };
    }

    /** Fills the body of a notice. */
    private interface Body {
        void fill(ObjectNode body);
    }

    private List<Frame> told(String notice, Body details) {
        ObjectNode body = mapper.createObjectNode().put("notice", notice);
        details.fill(body);
        return messages(Destination.Own.NOTICES, Map.of(), body);
    }

    private List<Frame> messages(Destination.Own own, Map<String, String> headers, Object json) {
        return subscriptions.of(own).stream()
                .map(rendition -> rendition.message("own-" + ++messages, headers, json))
                .toList();
    }
}
