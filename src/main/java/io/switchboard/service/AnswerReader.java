package io.switchboard.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what services answer, within a bound. Any thread.
 *
 * <p>An answer is the payload, whatever it looks like, unless it says beside itself, by its media type, that it is an
 * {@linkplain #ENVELOPE envelope}. Were the envelope known by its looks, a service that hands out what users stored would hand out
 * what users can write: subscriptions and grants.
 */
final class AnswerReader {
    /** The media type of {@code {"payload":…,"subscriptions":{…},"grant":{…}}}. */
    static final String ENVELOPE = "application/vnd.switchboard.answer+json";

    /** Patterns in one list. */
    static final int MOST_PATTERNS = 1_000;
    /** Longest pattern, in characters. */
    static final int LONGEST_PATTERN = 512;

    private static final Failure TOO_LARGE = new Failure(500, "the service's answer is too large");
    private static final Failure NOT_READABLE = new Failure(500, "the service's answer cannot be read");

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final long maxBytes;

    /** @param maxBytes 0: no bound */
    AnswerReader(long maxBytes) {
        this.maxBytes = maxBytes == 0 ? Integer.MAX_VALUE : Math.min(maxBytes, Integer.MAX_VALUE);
    }

    /** The largest answer, in bytes. */
    int maxBytes() {
        return (int) maxBytes;
    }

    static boolean isEnvelope(String mediaType) {
        return mediaType != null
                && mediaType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(ENVELOPE);
    }

    BrokenServiceException tooLarge() {
        return new BrokenServiceException(TOO_LARGE);
    }

    /**
     * What came over a wire.
     *
     * @param body in UTF-8; empty is {@code null}
     */
    Reply read(byte[] body, boolean envelope) throws BrokenServiceException {
        checkSize(body.length);
        if (body.length == 0) {
            return payload(NULL);
        }
        try {
            if (envelope) {
                return envelope(StrictJson.tree(body));
            }
            StrictJson.text(body);
            return payload(body);
        } catch (IOException _) {
            throw new BrokenServiceException(NOT_READABLE);
        }
    }

    /** What a method gave. */
    ServiceAnswer of(Object result) throws BrokenServiceException {
        return switch (result) {
            case null -> payload(NULL);
            case JsonNode json -> payload(bytes(json));
            case Reply reply -> {
                read(reply.payload(), false);
                checkLists(reply);
                yield reply;
            }
            case ServiceAnswer answer -> answer;
            default -> throw new BrokenServiceException(NOT_READABLE);
        };
    }

    private void checkSize(int bytes) throws BrokenServiceException {
        if (bytes > maxBytes) {
            throw tooLarge();
        }
    }

    private byte[] bytes(JsonNode json) throws BrokenServiceException {
        try {
            return StrictJson.bytes(json, maxBytes);
        } catch (BoundedBytes.FullException _) {
            throw tooLarge();
        } catch (IOException _) {
            throw new BrokenServiceException(NOT_READABLE);
        }
    }

    private static Reply payload(byte[] payload) {
        return new Reply(payload, Optional.empty(), Optional.empty());
    }

    private Reply envelope(JsonNode json) throws BrokenServiceException {
        onlyHas(json, Set.of("payload", "subscriptions", "grant"));
        Optional<SubscriptionChange> subscriptions = Optional.empty();
        if (json.has("subscriptions")) {
            JsonNode change = json.get("subscriptions");
            onlyHas(change, Set.of("subscribe", "unsubscribe"));
            subscriptions = Optional.of(
                    new SubscriptionChange(patterns(change.path("subscribe")), patterns(change.path("unsubscribe"))));
        }
        Optional<Grant> grant = Optional.empty();
        if (json.has("grant")) {
            JsonNode opened = json.get("grant");
            onlyHas(opened, Set.of("topics", "expires_at"));
            JsonNode expiresAt = opened.path("expires_at");
            // a grant without an end would be one for ever
            if (!expiresAt.canConvertToLong() || !expiresAt.isIntegralNumber()) {
                throw new BrokenServiceException(NOT_READABLE);
            }
            grant = Optional.of(
                    new Grant(patterns(opened.path("topics")), Instant.ofEpochMilli(expiresAt.longValue())));
        }
        JsonNode payload = json.path("payload");
        return new Reply(bytes(payload.isMissingNode() ? NullNode.getInstance() : payload), subscriptions, grant);
    }

    /** A misspelt member would be a wish that nobody hears. */
    private static void onlyHas(JsonNode json, Set<String> members) throws BrokenServiceException {
        if (!json.isObject()) {
            throw new BrokenServiceException(NOT_READABLE);
        }
        for (var member : json.properties()) {
            if (!members.contains(member.getKey())) {
                throw new BrokenServiceException(NOT_READABLE);
            }
        }
    }

    private static List<String> patterns(JsonNode json) throws BrokenServiceException {
        if (json.isMissingNode()) {
            return List.of();
        }
        if (!json.isArray() || json.size() > MOST_PATTERNS) {
            throw new BrokenServiceException(NOT_READABLE);
        }
        List<String> patterns = new ArrayList<>(json.size());
        for (JsonNode pattern : json) {
            if (!pattern.isTextual()) {
                throw new BrokenServiceException(NOT_READABLE);
            }
            patterns.add(pattern.textValue());
        }
        checkPatterns(patterns);
        return patterns;
    }

    private static void checkLists(Reply reply) throws BrokenServiceException {
        if (reply.subscriptions().isPresent()) {
            checkPatterns(reply.subscriptions().get().subscribe());
            checkPatterns(reply.subscriptions().get().unsubscribe());
        }
        if (reply.grant().isPresent()) {
            checkPatterns(reply.grant().get().patterns());
        }
    }

    private static void checkPatterns(List<String> patterns) throws BrokenServiceException {
        if (patterns.size() > MOST_PATTERNS
                || patterns.stream().anyMatch(text -> text.isEmpty() || text.length() > LONGEST_PATTERN)) {
            throw new BrokenServiceException(NOT_READABLE);
        }
    }
}
