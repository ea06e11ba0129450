package io.switchboard.dialect.sockjs;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** What both sides of SockJS say (sockjs-protocol 0.3.3, "Protocol and framing"). Any thread. */
public final class SockJsText {
    /** The first frame of a session. */
    public static final String OPEN = "o";

    /** Says that the server is there. */
    public static final String HEARTBEAT = "h";

    private static final JsonFactory ESCAPING =
            new JsonFactoryBuilder().characterEscapes(new Escapes()).build();

    private final ObjectMapper mapper;

    /** @param mapper reads what clients send, strictly */
    public SockJsText(ObjectMapper mapper) {
        this.mapper = requireNonNull(mapper, "mapper");
    }

    /** The messages in what a client sends: an array of strings, or one, or nothing at all. Empty: it is none of these. */
    public Optional<List<String>> messages(String text) {
        if (text.isEmpty()) {
            return Optional.of(List.of());
        }
        JsonNode json;
        try {
            json = mapper.readTree(text);
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
        if (json.isTextual()) {
            return Optional.of(List.of(json.textValue()));
        }
        if (!json.isArray()) {
            return Optional.empty();
        }
        List<String> messages = new ArrayList<>(json.size());
        for (JsonNode element : json) {
            if (!element.isTextual()) {
                return Optional.empty();
            }
            messages.add(element.textValue());
        }
        return Optional.of(messages);
    }

    /** The frame of one message. */
    static byte[] message(byte[] utf8) {
        return written('a', json -> json.writeString(new String(utf8, StandardCharsets.UTF_8)));
    }

    /** The last frame of a session. */
    public static byte[] closed(int code, String reason) {
        return written('c', json -> {
            json.writeNumber(code);
            json.writeString(reason);
        });
    }

    private interface Elements {
        void write(JsonGenerator json) throws IOException;
    }

    private static byte[] written(char type, Elements elements) {
        StringWriter text = new StringWriter();
        text.write(type);
        try (JsonGenerator json = ESCAPING.createGenerator(text)) {
            json.writeStartArray();
            elements.write(json);
            json.writeEndArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Escapes, beside what JSON asks for, what some browsers change or cut off at (sockjs-protocol 0.3.3, "client_killer");
     * surrogates always, since one may be alone.
     */
    private static final class Escapes extends CharacterEscapes {
        private static final long serialVersionUID = 1L;

        @Override
        public int[] getEscapeCodesForAscii() {
            return standardAsciiEscapesForJSON();
        }

        @Override
        public SerializableString getEscapeSequence(int c) {
            return needsEscape(c) ? new SerializedString("\\u" + HexFormat.of().toHexDigits((char) c)) : null;
        }

        private static boolean needsEscape(int c) {
            return (c >= 0x200c && c <= 0x200f)
                    || (c >= 0x2028 && c <= 0x202f)
                    || (c >= 0x2060 && c <= 0x206f)
                    || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)
                    || c >= 0xfff0;
        }
    }
}
