package io.switchboard.dialect.stomp;

import static io.switchboard.dialect.stomp.StompVersion.V1_0;
import static io.switchboard.dialect.stomp.StompVersion.V1_1;
import static io.switchboard.dialect.stomp.StompVersion.V1_2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StompVersionTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1.0            | 1.0",
                "1.1            | 1.1",
                "1.2            | 1.2",
                "1.0,1.1,2.0    | 1.1",
                "1.1,1.0        | 1.1",
                "1.2,1.1,1.0    | 1.2",
                "1.0,1.2        | 1.2",
                "1.2,1.2        | 1.2",
                "'1.0, 1.1 ,x ' | 1.1",
                "' 1.2 '        | 1.2",
                ",1.0,          | 1.0",
            })
    void theHighestThatBothSpeakIsChosen(String accepted, String chosen) {
        assertThat(StompVersion.negotiate(Optional.of(accepted)).map(StompVersion::text))
                .contains(chosen);
    }

    @Test
    void whoNamesNoVersionSpeaksTheFirst() {
        assertThat(StompVersion.negotiate(Optional.empty())).contains(V1_0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", "2.0", "1", "1.3,2.0", "01.2", "1.20", "1.1;1.2", "v1.2", "1.1 1.2"})
    void thereMayBeNoneThatBothSpeak(String accepted) {
        assertThat(StompVersion.negotiate(Optional.of(accepted))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "V1_0 | a:b    | a:b",
                "V1_0 | a\\b   | a\\b",
                "V1_1 | a:b    | a\\cb",
                "V1_1 | \\     | \\\\",
                "V1_1 | \\c    | \\\\c",
                "V1_2 | :a:b:  | \\ca\\cb\\c",
                "V1_2 | \\r    | \\\\r",
                "V1_2 | ä😀    | ä😀",
                "V1_2 | ``     | ``",
            })
    void whatIsEscapedIsUnescaped(StompVersion version, String plain, String raw) throws Exception {
        assertThat(version.escape(plain)).isEqualTo(raw);
        assertThat(version.unescape(raw)).isEqualTo(plain);
    }

    /** CR has an escape since 1.2, and in 1.0 nothing has. */
    @Test
    void endsOfLinesAreEscapedWhereThereIsAnEscape() throws Exception {
        assertThat(V1_0.escape("a\r\nb")).isEqualTo("a\r\nb");
        assertThat(V1_1.escape("a\r\nb")).isEqualTo("a\r\\nb");
        assertThat(V1_2.escape("a\r\nb")).isEqualTo("a\\r\\nb");
        assertThat(V1_0.unescape("a\\r\\nb")).isEqualTo("a\\r\\nb");
        assertThat(V1_1.unescape("a\\nb")).isEqualTo("a\nb");
        assertThat(V1_2.unescape("a\\r\\nb")).isEqualTo("a\r\nb");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "V1_1 | hunter2\\r",
                "V1_1 | hunter2\\t",
                "V1_1 | hunter2\\",
                "V1_1 | \\hunter2",
                "V1_1 | hunter2\\\\\\",
                "V1_1 | \\:hunter2",
                "V1_2 | hunter2\\t",
                "V1_2 | hunter2\\C",
                "V1_2 | hunter2\\N",
                "V1_2 | hunter2\\0",
                "V1_2 | hunter2\\",
                "V1_2 | hunter2\\\\\\",
                "V1_2 | hunter2\\ä",
            })
    void undefinedEscapesAreRefused(StompVersion version, String raw) throws Exception {
        assertThatThrownBy(() -> version.unescape(raw))
                .isInstanceOf(BadFrameException.class)
                .hasMessageContaining(version.text())
                .hasMessageNotContaining("hunter2");
        assertThat(V1_0.unescape(raw)).isEqualTo(raw);
    }

    @ParameterizedTest
    @EnumSource
    void connectingIsNeverEscaped(StompVersion version) {
        assertThat(version.escaping("CONNECT")).isEqualTo(V1_0);
        assertThat(version.escaping("STOMP")).isEqualTo(V1_0);
        assertThat(version.escaping("CONNECTED")).isEqualTo(V1_0);
        assertThat(version.escaping("SEND")).isEqualTo(version);
        assertThat(version.escaping("ERROR")).isEqualTo(version);
    }
}
