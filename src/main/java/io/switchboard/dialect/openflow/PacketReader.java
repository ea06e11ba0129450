package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads envelopes. Pure, any thread. */
final class PacketReader {
    /** Of an id, which goes back with each answer. */
    static final int LONGEST_ID = 128;

    private final ObjectMapper mapper;

    PacketReader(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    /** Empty: the message is no envelope. */
    Optional<Packet> read(String text) {
        JsonNode json;
        try {
            json = mapper.readTree(text);
        } catch (JsonProcessingException | NumberFormatException _) {
            return Optional.empty();
        }
        if (json == null || !json.isObject()) {
            return Optional.empty();
        }
        Optional<String> id = text(json.path("id"));
        Optional<String> replyTo = text(json.path("replyto"));
        Optional<String> command = text(json.path("command"));
        Optional<String> data = text(json.path("data"));
        OptionalInt count = number(json.path("count"), 1);
        OptionalInt index = number(json.path("index"), 0);
        if (id.isEmpty()
                || id.get().length() > LONGEST_ID
                || replyTo.isEmpty()
                || replyTo.get().length() > LONGEST_ID
                || command.filter(name -> !name.isEmpty()).isEmpty()
                || data.isEmpty()
                || count.isEmpty()
                || index.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Packet(
                id.get(),
                replyTo.get(),
                command.get().toLowerCase(Locale.ROOT),
                data.get(),
                count.getAsInt(),
                index.getAsInt()));
    }

    /** What is absent or null is empty. */
    private static Optional<String> text(JsonNode json) {
        if (json.isMissingNode() || json.isNull()) {
            return Optional.of("");
        }
        return Optional.ofNullable(json.textValue());
    }

    /** A number, or a string that holds one. */
    private static OptionalInt number(JsonNode json, int absent) {
        if (json.isMissingNode() || json.isNull()) {
            return OptionalInt.of(absent);
        }
        if (json.isIntegralNumber() && json.canConvertToInt()) {
            return OptionalInt.of(json.intValue());
        }
        try {
            return json.isTextual()
                    ? OptionalInt.of(Integer.parseInt(json.textValue().strip()))
                    : OptionalInt.empty();
        } catch (NumberFormatException _) {
            return OptionalInt.empty();
        }
    }
}
