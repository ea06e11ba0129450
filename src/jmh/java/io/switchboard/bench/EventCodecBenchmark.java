package io.switchboard.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.event.Audience;
import io.switchboard.event.Event;
import io.switchboard.event.EventCodec;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.event.MessageEvent;
import io.switchboard.event.UnreadableEventException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What an event costs on its way through a log outside of the process: to write it once, and to read it in each replica. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EventCodecBenchmark {
    private static final Topic TOPIC = Topic.of("chat", "general");
    private static final String TREE = """
            {"Type":"UPDATE_PATH",
             "Source":{"Uuid":"6f6c2b0e-8a55-4f34-9df2-a1d1f0f1b3c4","Path":"pydiods1/projects/alpha/plan.odt",
              "Type":"LEAF","Size":"184320","MTime":"1790000000","Etag":"0b1ec7d1",
              "MetaStore":{"name":"\\"plan.odt\\"","mime":"\\"application/vnd.oasis.opendocument.text\\""}},
             "Target":{"Uuid":"6f6c2b0e-8a55-4f34-9df2-a1d1f0f1b3c4","Path":"pydiods1/projects/alpha/2026/plan.odt",
              "Type":"LEAF","Size":"184320","MTime":"1790000100","Etag":"0b1ec7d1",
              "MetaStore":{"name":"\\"plan.odt\\"","mime":"\\"application/vnd.oasis.opendocument.text\\""}}}""";

    @Param({"tree", "message-200", "message-16384"})
    public String kind;

    private final ObjectMapper mapper = new ObjectMapper();
    private final EventCodec codec = new EventCodec();
    private Event event;
    private byte[] bytes;
    private byte[] payload;
    private byte[] inside;

    @Setup
    public void prepare() throws IOException, InvalidEventException {
        if (kind.equals("tree")) {
            event = new EventReader(mapper).read(EventTopic.TREE, mapper.readTree(TREE), TREE.length());
            payload = TREE.getBytes(UTF_8);
        } else {
            int size = Integer.parseInt(kind.substring(kind.indexOf('-') + 1));
            StringBuilder json = new StringBuilder("[");
            while (json.length() < size) {
                json.append("{\"id\":4711,\"text\":\"as it was\",\"read\":false},");
            }
            payload = json.append("0]").toString().getBytes(UTF_8);
            event = new MessageEvent(
                    new Audience.Subscribers(TOPIC),
                    new Content.Message(TOPIC, payload, Optional.empty()),
                    Optional.empty(),
                    false,
                    Optional.empty());
        }
        bytes = codec.write(event);
        inside = valueWrite();
    }

    @Benchmark
    public byte[] write() {
        return codec.write(event);
    }

    @Benchmark
    public Event read() throws UnreadableEventException {
        return codec.read(bytes);
    }

    /** The payload alone, as a value of a JSON object: it is JSON already and is put there as it is. */
    @Benchmark
    public byte[] valueWrite() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 64);
        try (JsonGenerator json = mapper.createGenerator(out)) {
            json.writeStartObject();
            json.writeFieldName("payload");
            json.writeRawValue(new String(payload, UTF_8));
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    /** The same read, and made bytes again for those who receive it. */
    @Benchmark
    public byte[] valueRead() throws IOException {
        JsonNode json = mapper.readTree(inside);
        return mapper.writeValueAsBytes(json.get("payload"));
    }
}
