package io.switchboard.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.View;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventTopic;
import io.switchboard.event.InvalidEventException;
import io.switchboard.event.TreeEvent;
import io.switchboard.event.TreeFamily;
import io.switchboard.hub.Frame;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What turning messages into objects and back costs: once for each sign-in, or once for each event and view. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
public class CodecBenchmark {
    private static final int TOKEN_CHARACTERS = 1536;
    private static final String EVENT = """
            {"Type":"UPDATE_PATH",
             "Source":{"Uuid":"6f6c2b0e-8a55-4f34-9df2-a1d1f0f1b3c4","Path":"pydiods1/projects/alpha/plan.odt",
              "Type":"LEAF","Size":"184320","MTime":"1790000000","Etag":"0b1ec7d1",
              "MetaStore":{"name":"\\"plan.odt\\"","mime":"\\"application/vnd.oasis.opendocument.text\\"",
               "pydio:internal":"\\"hidden\\""}},
             "Target":{"Uuid":"6f6c2b0e-8a55-4f34-9df2-a1d1f0f1b3c4","Path":"pydiods1/projects/alpha/2026/plan.odt",
              "Type":"LEAF","Size":"184320","MTime":"1790000100","Etag":"0b1ec7d1",
              "MetaStore":{"name":"\\"plan.odt\\"","mime":"\\"application/vnd.oasis.opendocument.text\\"",
               "pydio:internal":"\\"hidden\\""}}}""";

    private final ObjectMapper mapper = new ObjectMapper();
    private final CellsDialect dialect = new CellsDialect(mapper);
    private final EventReader reader = new EventReader(mapper);
    private final TreeFamily treeFamily = new TreeFamily();
    private final View view = new View(
            "alpha",
            Optional.of("projects"),
            List.of(new View.Root("pydiods1/projects", Optional.empty(), false)),
            View.Permission.WRITE);
    private final View otherView = new View(
            "beta",
            Optional.of("other"),
            List.of(new View.Root("pydiods1/elsewhere", Optional.empty(), false)),
            View.Permission.WRITE);

    private String subscribe;
    private JsonNode json;
    private TreeEvent event;
    private byte[] rendered;

    @Setup
    public void prepare() throws JsonProcessingException, InvalidEventException {
        subscribe = "{\"@type\":\"subscribe\",\"jwt\":\"" + "x".repeat(TOKEN_CHARACTERS) + "\"}";
        json = mapper.readTree(EVENT);
        event = (TreeEvent) reader.read(EventTopic.TREE, json, EVENT.length());
        rendered = treeFamily.project(event, view).orElseThrow();
    }

    @Benchmark
    public Command decodeSubscribe() {
        return dialect.decode(subscribe);
    }

    /** From text, as it comes in. */
    @Benchmark
    public Event readEventFromText() throws JsonProcessingException, InvalidEventException {
        return reader.read(EventTopic.TREE, mapper.readTree(EVENT), EVENT.length());
    }

    /** From JSON that was parsed with its envelope. */
    @Benchmark
    public Event readEvent() throws InvalidEventException {
        return reader.read(EventTopic.TREE, json, EVENT.length());
    }

    @Benchmark
    public Optional<byte[]> projectVisible() {
        return treeFamily.project(event, view);
    }

    @Benchmark
    public Optional<byte[]> projectInvisible() {
        return treeFamily.project(event, otherView);
    }

    @Benchmark
    public Frame frame() {
        return Frame.text(rendered);
    }
}
