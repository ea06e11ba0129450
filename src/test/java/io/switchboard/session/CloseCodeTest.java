package io.switchboard.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CloseCodeTest {
    private static final Path TABLE = Path.of("docs/errors.md");
    /** RFC 6455, 7.4.1: not to be sent in a close frame. */
    private static final List<Integer> NEVER_SENT = List.of(1004, 1005, 1006, 1015);

    @Test
    void shouldHaveACodeOfItsOwnForEachReason() {
        assertThat(Arrays.stream(CloseCode.values()).map(CloseCode::code)).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldFitIntoACloseFrame(CloseCode code) {
        assertThat(code.code())
                .isNotIn(NEVER_SENT)
                .satisfiesAnyOf(
                        c -> assertThat(c).isBetween(1000, 1014),
                        c -> assertThat(c).isBetween(4000, 4999));
        assertThat(code.reason().getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1, 123);
    }

    @ParameterizedTest
    @EnumSource(CloseCode.class)
    void shouldBeInTheTableWithTheSameAdvice(CloseCode code) throws IOException {
        List<String> rows = Files.readAllLines(TABLE).stream()
                .filter(line -> line.startsWith("| " + code.code() + " |"))
                .toList();
        assertThat(rows).as("rows of %d in %s", code.code(), TABLE).hasSize(1);
        String advice = Arrays.stream(rows.getFirst().split("\\|", -1))
                .map(String::strip)
                .toList()
                .get(3);
        assertThat(advice).isNotEmpty();
        if (code.reconnect()) {
            assertThat(advice).doesNotStartWith("No");
        } else {
            assertThat(advice).doesNotStartWith("Yes");
        }
    }
}
