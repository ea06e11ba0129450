package io.switchboard.dialect.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.hub.Frame;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketWriterTest {
    private static final String DATA = "a😀😀b\"\\é\u2028😀";

    private static List<JsonObject> read(List<Frame> frames) {
        return frames.stream()
                .flatMap(frame -> frame.contents().stream())
                .map(bytes -> new JsonObject(new String(bytes, StandardCharsets.UTF_8)))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 100})
    void whatIsLongIsCutButNeverBetweenTheHalvesOfAPair(int size) {
        List<JsonObject> packets = read(new PacketWriter(new ObjectMapper(), size).answer("r", "echo", DATA));
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < packets.size(); i++) {
            JsonObject packet = packets.get(i);
            assertThat(packet.getValue("count")).isEqualTo(packets.size());
            assertThat(packet.getValue("index")).isEqualTo(i);
            assertThat(packet.getString("id"))
                    .isEqualTo(packets.getFirst().getString("id"))
                    .startsWith(PacketWriter.OWN);
            assertThat(packet.getString("replyto")).isEqualTo("r");
            assertThat(packet.getString("command")).isEqualTo("echo");
            // a pair alone may be longer than a size of 1
            assertThat(packet.getString("data").length()).isBetween(1, Math.max(2, size));
            joined.append(packet.getString("data"));
        }
        assertThat(joined).hasToString(DATA);
        assertThat(packets.size() == 1).isEqualTo(size == 100);
    }

    @Test
    void whatTheServerBeginsHasNoReplytoAtAll() {
        JsonObject packet = read(new PacketWriter(new ObjectMapper(), 500).begin("id", "ping", ""))
                .getFirst();
        assertThat(packet)
                .isEqualTo(new JsonObject()
                        .put("id", "id")
                        .put("command", "ping")
                        .put("data", "")
                        .put("count", 1)
                        .put("index", 0));
    }
}
