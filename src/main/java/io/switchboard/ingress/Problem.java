package io.switchboard.ingress;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What went wrong, for the publisher (RFC 9457).
 *
 * @param detail what to do about it; holds nothing of what was sent
 * @param field the field of the event that is wrong
 */
record Problem(int status, String title, String detail, Optional<String> field) {
    static final String MEDIA_TYPE = "application/problem+json";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    Problem(int status, String title, String detail) {
        this(status, title, detail, Optional.empty());
    }

    String json() {
        ObjectNode json = MAPPER.createObjectNode()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .put("detail", detail);
        field.ifPresent(name -> json.put("field", name));
        return json.toString();
    }
}
