package io.switchboard.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.dialect.Detection.AwaitsFirstFrame;
import io.switchboard.dialect.Detection.Refused;
import io.switchboard.dialect.Detection.Speaks;
import io.switchboard.testing.RandomText;
import io.switchboard.testing.WireJson;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DetectorTest {
    private final Detector detector = new Detector(WireJson.MAPPER);

    private static Detection detection(String text) {
        return switch (text) {
            case "FIRST" -> new AwaitsFirstFrame();
            case "400", "401" -> new Refused(Integer.parseInt(text));
            default -> new Speaks(DialectKind.valueOf(text));
        };
    }

    @ParameterizedTest(name = "subprotocols={0} protocol={1} token={2}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "''                           |          |   | FIRST",
                "v12.stomp                    |          |   | STOMP",
                "v11.stomp                    |          |   | STOMP",
                "v10.stomp                    |          |   | STOMP",
                "other v10.stomp              |          |   | STOMP",
                "v12.stomp                    | cells    | t | STOMP",
                "access_token.a.b.c           |          |   | REALTIME",
                "access_token.a.b.c           | cells    |   | REALTIME",
                "access_token.a.b.c v12.stomp |          |   | STOMP",
                "V12.STOMP                    |          |   | FIRST",
                "v13.stomp                    |          |   | FIRST",
                "other                        |          |   | FIRST",
                "other                        |          | t | REALTIME",
                "''                           | cells    |   | CELLS",
                "''                           | cells    | t | CELLS",
                "''                           | stomp    |   | STOMP",
                "''                           | openflow |   | OPENFLOW",
                "''                           | flamigo  | t | FLAMIGO",
                "''                           | realtime | t | REALTIME",
                "''                           | realtime |   | 401",
                "''                           | Cells    |   | 400",
                "''                           | ''       |   | 400",
                "''                           | soap     | t | 400",
                "''                           |          | t | REALTIME",
            })
    void theUpgradeRequestSays(String subprotocols, String protocol, String token, String expected) {
        List<String> offered = Arrays.stream(subprotocols.split(" "))
                .filter(name -> !name.isEmpty())
                .toList();
        UpgradeRequest request = new UpgradeRequest(offered, Optional.ofNullable(protocol), Optional.ofNullable(token));

        assertThat(detector.detect(request)).isEqualTo(detection(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"@type\":\"subscribe\",\"jwt\":\"x\"} | CELLS",
                " { \"@type\" : null } | CELLS",
                "{\"command\":\"signin\"} | OPENFLOW",
                "{\"topic\":\"app::websocket:auth\"} | FLAMIGO",
                "{\"type\":\"Subscribe\"} | REALTIME",
                "{\"type\":\"a\",\"topic\":\"b\",\"command\":\"c\",\"@type\":\"d\"} | CELLS",
                "{\"type\":\"a\",\"topic\":\"b\",\"command\":\"c\"} | OPENFLOW",
                "{\"type\":\"a\",\"topic\":\"b\"} | FLAMIGO",
            })
    void theFirstFrameSays(String frame, DialectKind expected) {
        assertThat(detector.detect(frame)).contains(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CONNECT\n", "STOMP\n\n\0", "CONNECT\r\nhost:x\r\n\r\n\0", "CONNECT"})
    void aStompLineIsStomp(String frame) {
        assertThat(detector.detect(frame)).contains(DialectKind.STOMP);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "7",
                "\"@type\"",
                "[]",
                "[{\"@type\":\"subscribe\"}]",
                "{}",
                "{\"Type\":1}",
                "{\"@type\":\"subscribe\"",
                "{\"@type\":1} x",
                "{\"@type\":1,\"@type\":2}",
                "{@type:1}",
                "connect\n",
                "CONNECTED\n",
                " CONNECT\n",
                "SEND\n",
                "\0",
                "GET / HTTP/1.1\r\n",
                "\uFEFF{\"@type\":1}"
            })
    void whatNoDialectBeginsWithIsNone(String frame) {
        assertThat(detector.detect(frame)).isEmpty();
    }

    @Test
    void depthIsBounded() {
        assertThat(detector.detect("[".repeat(100_000))).isEmpty();
        assertThat(detector.detect("{\"@type\":" + "[".repeat(30_000) + "]".repeat(30_000) + "}"))
                .isEmpty();
    }

    @Test
    void nothingMakesItThrow() {
        RandomText random = new RandomText(new Random(7));
        for (int i = 0; i < 20_000; i++) {
            String frame = random.next();
            assertThat(detector.detect(frame)).as("%s", frame).isNotNull();
        }
    }

    @Test
    void anUpgradeRequestDoesNotTellItsToken() {
        UpgradeRequest request =
                new UpgradeRequest(List.of("access_token.hunter2"), Optional.of("hunter2"), Optional.of("hunter2"));

        assertThat(request.toString()).doesNotContain("hunter2");
    }
}
