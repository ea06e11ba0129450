package io.switchboard.dialect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.dialect.Detection.AwaitsFirstFrame;
import io.switchboard.dialect.Detection.Refused;
import io.switchboard.dialect.Detection.Speaks;
import java.util.List;
import java.util.Optional;

/**
 * Decides once for each connection on {@code /ws} which dialect it speaks: by the subprotocol, by {@code ?protocol=}, by
 * a token in the upgrade request, and otherwise by the shape of the first frame. Pure, any thread.
 */
public final class Detector {
    /** The STOMP versions, newest first, as WebSocket subprotocols. */
    public static final List<String> STOMP_SUBPROTOCOLS = List.of("v12.stomp", "v11.stomp", "v10.stomp");

    private final ObjectMapper mapper;

    public Detector(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    /** What the upgrade request says. */
    public Detection detect(UpgradeRequest request) {
        if (request.subprotocols().stream().anyMatch(STOMP_SUBPROTOCOLS::contains)) {
            return new Speaks(DialectKind.STOMP);
        }
        if (request.tokenSubprotocol().isPresent()) {
            return new Speaks(DialectKind.REALTIME);
        }
        if (request.protocol().isPresent()) {
            Optional<DialectKind> kind = DialectKind.of(request.protocol().get());
            if (kind.isEmpty()) {
                return new Refused(400);
            }
            if (kind.get() == DialectKind.REALTIME && request.token().isEmpty()) {
                return new Refused(401);
            }
            return new Speaks(kind.get());
        }
        return request.token().isPresent() ? new Speaks(DialectKind.REALTIME) : new AwaitsFirstFrame();
    }

    /** What the first text frame says; empty: no dialect begins like that. */
    public Optional<DialectKind> detect(String firstFrame) {
        if (isStomp(firstFrame)) {
            return Optional.of(DialectKind.STOMP);
        }
        JsonNode json;
        try {
            json = mapper.readTree(firstFrame);
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
        if (json == null || !json.isObject()) {
            return Optional.empty();
        }
        if (json.has("@type")) {
            return Optional.of(DialectKind.CELLS);
        }
        if (json.has("command")) {
            return Optional.of(DialectKind.OPENFLOW);
        }
        if (json.has("topic")) {
            return Optional.of(DialectKind.FLAMIGO);
        }
        return json.has("type") ? Optional.of(DialectKind.REALTIME) : Optional.empty();
    }

    private static boolean isStomp(String frame) {
        int end = frame.indexOf('\n');
        String line = (end < 0 ? frame : frame.substring(0, end)).stripTrailing();
        return line.equals("CONNECT") || line.equals("STOMP");
    }
}
