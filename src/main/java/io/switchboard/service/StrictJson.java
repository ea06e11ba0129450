package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * JSON as it is taken from clients and services: one value, in UTF-8, with no name twice. Numbers keep every digit. Pure. What it
 * throws may quote what it could not read: the message must not get any further.
 */
final class StrictJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private StrictJson() {}

    /** The text of a value, which is looked through and not kept. */
    static String text(byte[] utf8) throws IOException {
        String text = decode(utf8);
        try (JsonParser parser = MAPPER.createParser(text)) {
            if (parser.nextToken() == null) {
                throw new IOException("no value");
            }
            parser.skipChildren();
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
        }
        return text;
    }

    /** A value as a tree. */
    static JsonNode tree(String text) throws IOException {
        JsonNode tree = MAPPER.readTree(text);
        if (tree.isMissingNode()) {
            throw new IOException("no value");
        }
        return tree;
    }

    static JsonNode tree(byte[] utf8) throws IOException {
        return tree(decode(utf8));
    }

    /** Strict: what is not UTF-8 would become other text. */
    private static String decode(byte[] utf8) throws CharacterCodingException {
        return UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    }

    /** A tree as text, of so many bytes at most. */
    static byte[] bytes(JsonNode tree, long maxBytes) throws IOException, BoundedBytes.FullException {
        try (BoundedBytes bytes = new BoundedBytes(maxBytes)) {
            MAPPER.writeValue(bytes, tree);
            return bytes.toByteArray();
        }
    }
}
