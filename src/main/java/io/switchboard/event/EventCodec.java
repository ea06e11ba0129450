package io.switchboard.event;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Events that have a place in the log as bytes, for a log that several processes read: what is read is equal to what was
 * written, so that each of them delivers the same.
 *
 * <p>A byte with the {@link #VERSION}, four with the length of the head, the head, and then its parts as they are, without
 * anything between them. The head is a JSON object whose one member is named by the topic of the bus, such as {@code publish},
 * and says how long each part is:
 *
 * <pre>{"publish":{"for":{"user":"bob"},"message":{"payload":17,"metadata":16}}}{"hello":"world"}{"ttl":60}…</pre>
 *
 * <p>What clients and services said is JSON already and is delivered as it came. As a part it is copied and not looked at; as a
 * value inside the head each replica would parse it and write it again, which took 235 µs instead of 5 for a payload of 16 KiB, and
 * 3.4 instead of 1.6 for one of 200 bytes (EventCodecBenchmark). Nodes of trees are in the head, since each view sees something else
 * of them.
 *
 * <p>Texts of JSON with half a character have a question mark in its place, as they have on every wire. Numbers of nodes are those
 * that {@link EventReader} makes. Any thread.
 */
public final class EventCodec {
    /** Of the form. An older one is never changed; who meets a newer one refuses it, since it may say who must not see the event. */
    static final byte VERSION = 1;

    /** By how much the head nests a node deeper than the event did that was published. */
    private static final int DEEPER = 8;

    private static final int PREFIX = Byte.BYTES + Integer.BYTES;
    private static final int USUAL_HEAD = 512;

    /** Writes half a character escaped, and any other as it is. */
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(StreamReadConstraints.DEFAULT_MAX_DEPTH + DEEPER)
                            .build())
                    .streamWriteConstraints(StreamWriteConstraints.builder()
                            .maxNestingDepth(StreamWriteConstraints.DEFAULT_MAX_DEPTH + DEEPER)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    /**
     * An event as bytes.
     *
     * @throws IllegalArgumentException it has no place in the log, or is nested deeper than any that is read
     */
    public byte[] write(Event event) {
        ByteArrayOutputStream head = new ByteArrayOutputStream(USUAL_HEAD);
        CodecWriter writer;
        try (JsonGenerator json = MAPPER.getFactory().createGenerator(head, JsonEncoding.UTF8)) {
            writer = new CodecWriter(json);
            writer.write(event);
        } catch (IOException e) {
            // its message may quote the event
            throw new IllegalArgumentException(
                    "an event that cannot be written: " + e.getClass().getSimpleName());
        }
        ByteBuffer bytes = ByteBuffer.allocate(PREFIX + head.size() + writer.partBytes())
                .put(VERSION)
                .putInt(head.size())
                .put(head.toByteArray());
        writer.parts().forEach(bytes::put);
        return bytes.array();
    }

    /**
     * The event that somebody wrote.
     *
     * @throws UnreadableEventException there is none in these bytes, or something that this version does not know
     */
    public Event read(byte[] bytes) throws UnreadableEventException {
        if (bytes.length < PREFIX) {
            throw new UnreadableEventException("fewer bytes than an event has");
        }
        if (bytes[0] != VERSION) {
            throw new UnreadableEventException("a version that is not known");
        }
        int length = ByteBuffer.wrap(bytes).getInt(Byte.BYTES);
        if (length < 0 || length > bytes.length - PREFIX) {
            throw new UnreadableEventException("a head that is not all there");
        }
        JsonNode head;
        try {
            head = MAPPER.readTree(bytes, PREFIX, length);
        } catch (IOException _) {
            throw new UnreadableEventException("a head that is no JSON");
        }
        return new CodecReader(bytes, PREFIX + length).read(head);
    }
}
