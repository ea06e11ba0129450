package io.switchboard.ingress;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import io.opentelemetry.api.trace.SpanContext;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.trace.Tracing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads what a service published: one event, an array of events, or CloudEvents 1.0 in structured JSON (CloudEvents JSON
 * Event Format, sections 3 and 4) around them. All or nothing. Pure, any thread.
 */
public final class EnvelopeReader {
    private static final int LONGEST_ID = 256;

    private final ObjectReader reader;
    private final EventReader events;
    private final long eventSize;
    private final int eventsPerRequest;

    /**
     * @param eventSize largest event, in bytes; 0: no bound
     * @param eventsPerRequest longest array; 0: no bound
     */
    public EnvelopeReader(ObjectMapper mapper, EventReader events, long eventSize, int eventsPerRequest) {
        // What follows an event may be the next one of an array; what follows the whole is looked for once, at the end.
        this.reader = mapper.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        this.events = requireNonNull(events, "events");
        this.eventSize = eventSize;
        this.eventsPerRequest = eventsPerRequest;
    }

    /**
     * What was published.
     *
     * @param array whether it was an array, so that the answer is one as well
     */
    record Published(List<Envelope> envelopes, boolean array) {
        Published {
            envelopes = List.copyOf(envelopes);
        }

        /** The same in the trace of the request that brought it. */
        Published within(SpanContext request) {
            return request.isValid()
                    ? new Published(
                            envelopes.stream()
                                    .map(envelope -> envelope.within(request))
                                    .toList(),
                            array)
                    : this;
        }
    }

    /**
     * Reads and validates.
     *
     * @param body UTF-8 JSON
     * @throws InvalidEventException naming the first wrong field
     * @throws TooLargeException an event or the array is too large
     */
    Published read(EventTopic topic, byte[] body) throws InvalidEventException, TooLargeException {
        try (JsonParser parser = reader.createParser(body)) {
            if (parser.currentLocation().getByteOffset() < 0) {
                // Recognised as another encoding, in which the parser cannot say how many bytes an event takes.
                throw new InvalidEventException("", "send JSON in UTF-8");
            }
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new InvalidEventException("", "send an event, or an array of events, as JSON");
            }
            boolean array = first == JsonToken.START_ARRAY;
            List<Envelope> envelopes = array ? readArray(topic, parser) : List.of(readOne(topic, parser));
            if (parser.nextToken() != null) {
                throw new InvalidEventException("", "send one JSON value, with nothing behind it");
            }
            return new Published(envelopes, array);
        } catch (JsonProcessingException e) {
            // Its message quotes the body.
            throw notJson(e);
        } catch (IOException e) {
            throw new InvalidEventException("", "send JSON: " + e.getClass().getSimpleName());
        }
    }

    /**
     * Takes an event that was made in the process.
     *
     * @throws TooLargeException as for one that was read
     */
    Published take(Event event) throws TooLargeException {
        checkSize(event.weight());
        return new Published(List.of(new Envelope(event, Optional.empty())), false);
    }

    private static InvalidEventException notJson(JsonProcessingException e) {
        String where = e.getLocation() == null
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
        return new InvalidEventException("", "send JSON: the body cannot be parsed" + where);
    }

    private List<Envelope> readArray(EventTopic topic, JsonParser parser)
            throws IOException, InvalidEventException, TooLargeException {
        List<Envelope> envelopes = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (eventsPerRequest > 0 && envelopes.size() == eventsPerRequest) {
                throw new TooLargeException("send at most " + eventsPerRequest + " events in one array");
            }
            try {
                envelopes.add(readOne(topic, parser));
            } catch (InvalidEventException e) {
                throw e.within("[" + envelopes.size() + "]");
            }
        }
        return envelopes;
    }

    private Envelope readOne(EventTopic topic, JsonParser parser)
            throws IOException, InvalidEventException, TooLargeException {
        long from = parser.currentTokenLocation().getByteOffset();
        JsonNode json = reader.readTree(parser);
        long size = parser.currentLocation().getByteOffset() - from;
        checkSize(size);
        int weight = (int) Math.min(Integer.MAX_VALUE, size);
        if (!json.has("specversion")) {
            return new Envelope(events.read(topic, json, weight), id(topic, json));
        }
        if (!json.path("specversion").asText().equals("1.0")) {
            throw new InvalidEventException("specversion", "send CloudEvents 1.0");
        }
        String source = required(json, "source");
        String id = required(json, "id");
        required(json, "type");
        if (!json.path("data").isObject()) {
            throw new InvalidEventException("data", "send the event as a JSON object");
        }
        try {
            // A space is in neither: source is a URI reference, and the length keeps the two apart in any case.
            return new Envelope(
                    events.read(topic, json.get("data"), weight),
                    Optional.of(source.length() + " " + source + " " + id),
                    // CloudEvents' extension for distributed tracing
                    Tracing.parse(json.path("traceparent").textValue()));
        } catch (InvalidEventException e) {
            throw e.within("data");
        }
    }

    /** The id that a publisher gives a message makes a retry of it one. */
    private static Optional<String> id(EventTopic topic, JsonNode json) throws InvalidEventException {
        JsonNode id = json.path("id");
        if (topic != EventTopic.PUBLISH || id.isMissingNode() || id.isNull()) {
            return Optional.empty();
        }
        if (!id.isTextual() || id.asText().isEmpty() || id.asText().length() > LONGEST_ID) {
            throw new InvalidEventException(
                    "id", "send a string of 1 to " + LONGEST_ID + " characters, or leave it out");
        }
        return Optional.of("id " + id.asText());
    }

    private void checkSize(long size) throws TooLargeException {
        if (eventSize > 0 && size > eventSize) {
            throw new TooLargeException("send events of at most " + eventSize + " bytes");
        }
    }

    private static String required(JsonNode json, String field) throws InvalidEventException {
        JsonNode value = json.path(field);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw new InvalidEventException(field, "send a non-empty string: CloudEvents require it");
        }
        return value.asText();
    }
}
