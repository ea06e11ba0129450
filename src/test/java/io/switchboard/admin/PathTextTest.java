package io.switchboard.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.http.ProblemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PathTextTest {
    private static void refused(Runnable reading) {
        assertThatThrownBy(reading::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().status()).isEqualTo(400));
    }

    @ParameterizedTest
    @CsvSource({
        "alice,alice",
        "a%2Fb,a/b",
        "a%2fb,a/b",
        "a%2520b,a%20b",
        "a+b,a+b",
        "a%2Bb,a+b",
        "a%3Bb,a;b",
        "%2E%2E,..",
        "J%C3%BCrgen,Jürgen",
        "%F0%9F%98%80,😀",
        "a%20b,a b",
        "alice@example.org,alice@example.org",
        "a:b=c&d,a:b=c&d",
    })
    void whatWasMeant(String encoded, String decoded) {
        assertThat(PathText.decode(encoded, "user")).isEqualTo(decoded);
    }

    @Test
    void controlCharactersAreText() {
        assertThat(PathText.decode("a%0Ab%00", "user")).isEqualTo("a\nb\0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "%",
                "%2",
                "%zz",
                "a%2",
                "%+1",
                "%C0%AF",
                "%C3",
                "%FF",
                "%ED%A0%80",
                "a;b",
                "a;",
                ";",
                "a/b",
                "a b",
                "ü",
                "%20",
                "%09%0A"
            })
    void whatMayHaveBeenMeantOtherwise(String encoded) {
        refused(() -> PathText.decode(encoded, "user"));
    }

    @Test
    void aNameHasABound() {
        assertThat(PathText.decode("%61".repeat(4096), "user")).hasSize(4096);
        refused(() -> PathText.decode("a".repeat(4097), "user"));
        refused(() -> PathText.text(" ", "user"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1-1-1-1-1",
                "123e4567-e89b-12d3-a456-42661417400",
                "123e4567e89b12d3a456426614174000",
                "123e4567-e89b-12d3-a456-4266141740000",
                "g23e4567-e89b-12d3-a456-426614174000",
                "123e4567-e89b-12d3-a456-426614174000%0a"
            })
    void whatIsNoId(String text) {
        refused(() -> PathText.id(text, "id"));
    }

    @Test
    void anId() {
        String id = "123e4567-e89b-12d3-a456-426614174000";
        assertThat(PathText.id(id, "id")).hasToString(id);
    }
}
