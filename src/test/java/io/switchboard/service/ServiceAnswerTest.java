package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceAnswerTest {
    @ParameterizedTest
    @CsvSource({
        "400, 400", "401, 401", "403, 403", "404, 404", "429, 429", "500, 500", "503, 503", "402, 400", "409, 400",
        "422, 400", "499, 400", "408, 503", "502, 503", "504, 503", "501, 500", "599, 500", "302, 500", "200, 500",
        "0, 500", "-1, 500"
    })
    void aStatusIsOneOfAFew(int given, int status) {
        assertThat(new Failure(given, "m").status()).isEqualTo(status);
    }

    @Test
    void aMessageIsBoundedAndKeepsWholeCharacters() {
        assertThat(new Failure(400, "x".repeat(500)).message()).isEqualTo("x".repeat(500));
        assertThat(new Failure(400, "x".repeat(501)).message()).isEqualTo("x".repeat(499) + "…");
        assertThat(new Failure(400, "x".repeat(498) + "😀😀").message()).isEqualTo("x".repeat(498) + "…");
    }

    @Test
    void nothingThatWasSentIsInTheText() {
        byte[] secret = "\"hunter2\"".getBytes(UTF_8);

        assertThat(new Reply(secret, Optional.empty(), Optional.empty()).toString())
                .doesNotContain("hunter2");
        assertThat(new Failure(400, "hunter2").toString()).doesNotContain("hunter2");
        assertThat(TestCalls.call("hunter2", "\"hunter2\"").toString()).doesNotContain("hunter2");
        assertThat(new Inquiry(TestCalls.call("a", "\"hunter2\""), "\"hunter2\"").toString())
                .doesNotContain("hunter2");
        assertThat(new HttpEndpoint.Answer(200, "", secret).toString()).doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nX-Injected: 1",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
            })
    void aTraceThatIsNotWellFormedIsLeftOut(String traceparent) {
        ServiceCall call = new ServiceCall("a", TestCalls.actor(), new byte[0], Optional.of(traceparent));

        assertThat(call.traceparent()).isEmpty();
        assertThat(TestCalls.call("a").traceparent()).contains(TestCalls.TRACEPARENT);
    }
}
