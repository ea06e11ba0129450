package io.switchboard.webflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebSocketIdTest {
    @Test
    void anIdHas8To256Characters() {
        assertThat(WebSocketId.of("x".repeat(7))).isEmpty();
        assertThat(WebSocketId.of("x".repeat(8))).map(WebSocketId::text).contains("xxxxxxxx");
        assertThat(WebSocketId.of("x".repeat(256))).isPresent();
        assertThat(WebSocketId.of("x".repeat(257))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"12345678\n", "\u00001234567", "1234\u007f5678", "1234\u00855678"})
    void anIdHasNoControlCharacters(String text) {
        assertThat(WebSocketId.of(text)).isEmpty();
        assertThatThrownBy(() -> new WebSocketId(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("234");
    }

    /** From FIPS 180-2, C.1, and that of the empty text. */
    @Test
    void theIdOfAnOperationIsItsSha512() {
        assertThat(WebSocketId.ofOperation("abc").text())
                .isEqualTo("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
        assertThat(WebSocketId.ofOperation("").text())
                .isEqualTo("cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                        + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
    }

    @Test
    void anOperationIsHashedInUtf8() {
        assertThat(WebSocketId.ofOperation("ü€")).isNotEqualTo(WebSocketId.ofOperation("u?"));
        // printf 'ü' | sha512sum
        assertThat(WebSocketId.ofOperation("ü").text()).startsWith(UE);
    }

    private static final String UE = "230a068990071d4a606ff63325712a2f";

    @Test
    void itTellsNobodyWhatItIs() {
        WebSocketId id = WebSocketId.of("secret-secret").orElseThrow();

        assertThat(id.toString()).isEqualTo("WebSocketId[]");
        assertThat(new Registration(id, Optional.of("operation")).toString()).isEqualTo("Registration[]");
        assertThat(new AuthNews.Authorized(id, Optional.of("operation"), "DONE").toString())
                .isEqualTo("Authorized[]");
        assertThat(new AuthNews.Announced(id, Optional.of("operation")).toString())
                .isEqualTo("Announced[]");
    }

    @Test
    void equalTextsAreOneIdAndOthersHaveAnOrder() {
        WebSocketId a = WebSocketId.of("aaaaaaaa").orElseThrow();

        assertThat(a)
                .isEqualTo(WebSocketId.of("aaaaaaaa").orElseThrow())
                .isEqualByComparingTo(WebSocketId.of("aaaaaaaa").orElseThrow())
                .isLessThan(WebSocketId.of("aaaaaaab").orElseThrow());
    }
}
