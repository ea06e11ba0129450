package io.switchboard.dialect.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StompFrameTest {
    private static final String SECRET = "hunter2";

    private final StompFrame frame =
            new StompFrame(ClientCommand.SEND, new LinkedHashMap<>(Map.of("token", SECRET)), SECRET.getBytes(UTF_8));

    @Test
    void tellsNothingButItsCommand() {
        assertThat(frame).hasToString("SEND");
    }

    @Test
    void itsHeadersAreAskedByTheirExactNames() {
        assertThat(frame.header("token")).contains(SECRET);
        assertThat(frame.header("Token")).isEmpty();
        assertThat(frame.header("")).isEmpty();
    }

    @Test
    void itsHeadersDoNotChange() {
        Map<String, String> headers = frame.headers();

        assertThatThrownBy(() -> headers.put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> headers.remove("token")).isInstanceOf(UnsupportedOperationException.class);
    }
}
