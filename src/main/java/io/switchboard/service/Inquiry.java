package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.service.ServiceAnswer.Failure;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * A call whose name and payload were found to be what they should.
 *
 * @param payloadText the payload
 */
record Inquiry(ServiceCall call, String payloadText) {
    /** @throws BrokenServiceException if the payload is not JSON: the dialect should have seen it */
    static Inquiry of(ServiceCall call) throws BrokenServiceException {
        try {
            return new Inquiry(call, StrictJson.text(call.payload()));
        } catch (IOException _) {
            throw new BrokenServiceException(new Failure(400, "send the payload as JSON"));
        }
    }

    String name() {
        return call.name();
    }

    /** The payload as a tree, made anew each time. */
    JsonNode payload() throws IOException {
        return StrictJson.tree(payloadText);
    }

    /** The same for those who are not in this process. A name has no character that JSON would escape. */
    String body() {
        return "{\"name\":\"" + name() + "\",\"session\":\"" + call.actor().session() + "\",\"payload\":" + payloadText
                + "}";
    }

    byte[] bodyBytes() {
        return body().getBytes(UTF_8);
    }

    /** What goes with the body to a service outside of this process, and says on whose behalf. */
    Map<String, String> headers(ActorTokens tokens) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Authorization", "Bearer " + tokens.sign(call.actor(), name()));
        headers.put("X-Request-Id", UUID.randomUUID().toString());
        call.traceparent().ifPresent(text -> headers.put("traceparent", text));
        return headers;
    }

    /** Not the payload. */
    @Override
    public String toString() {
        return "Inquiry[session=" + call.actor().session() + "]";
    }
}
