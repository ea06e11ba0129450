package io.switchboard.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.auth.TokenRejectedException;
import io.switchboard.auth.TokenRejectedException.Reason;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.Optional;

/**
 * What went wrong, for the caller (RFC 9457).
 *
 * @param detail what to do about it; holds nothing of what was sent
 * @param field the field of the event that is wrong
 */
public record Problem(int status, String title, String detail, Optional<String> field) {
    /** RFC 9457, section 3. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    public Problem(int status, String title, String detail) {
        this(status, title, detail, Optional.empty());
    }

    /** The request cannot be meant. */
    public static Problem badRequest(String detail) {
        return new Problem(400, "Invalid request", detail);
    }

    /** There is no token, or not a good one. */
    public static Problem unauthorized(String detail) {
        return new Problem(401, "Unauthorized", detail);
    }

    /** The token is good, but not for this. */
    public static Problem forbidden(String detail) {
        return new Problem(403, "Forbidden", detail);
    }

    /** Not now. */
    public static Problem unavailable(String detail) {
        return new Problem(503, "Unavailable", detail);
    }

    /** What a token that was refused means for a request. */
    public static Problem of(TokenRejectedException rejected) {
        return rejected.reason() == Reason.UNAVAILABLE
                ? unavailable(rejected.getMessage())
                : unauthorized(rejected.getMessage());
    }

    /** The headers that belong to the status. */
    public Map<String, String> headers() {
        return switch (status) {
            case 401 -> Map.of("WWW-Authenticate", "Bearer");
            case 503 -> Map.of("Retry-After", "1");
            default -> Map.of();
        };
    }

    /** The body, of type {@link #MEDIA_TYPE}. */
    public String json() {
        ObjectNode json = MAPPER.createObjectNode()
                .put("type", "about:blank")
                .put("title", title)
                .put("status", status)
                .put("detail", detail);
        field.ifPresent(name -> json.put("field", name));
        return json.toString();
    }

    /** The answer of a resource class. */
    public Response.ResponseBuilder response() {
        Response.ResponseBuilder response =
                Response.status(status).type(MEDIA_TYPE).entity(json());
        headers().forEach(response::header);
        return response;
    }
}
