package io.switchboard.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "orders.place", "orders/place", "orders:place", "A-1_b.c.d"})
    void names(String text) {
        assertThat(NamePattern.isName(text)).isTrue();
        assertThat(new NamePattern(text).isExact()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a.",
                ".a",
                "a..b",
                "a b",
                "a\n",
                "ä",
                "a\"b",
                "a\\",
                "a?b",
                "a#b",
                "a%2fb",
                "..",
                "a/../b",
                "orders.*",
                "*",
                "a\u0000"
            })
    void whatIsNoNameOfACall(String text) {
        assertThat(NamePattern.isName(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a*", "*.a", "a.*.b", "**", ".*", "a.**", "a..*"})
    void whatIsNoPattern(String text) {
        assertThat(NamePattern.isPattern(text)).isFalse();
        assertThatThrownBy(() -> new NamePattern(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesAreBounded() {
        assertThat(NamePattern.isName("a".repeat(200))).isTrue();
        assertThat(NamePattern.isName("a".repeat(201))).isFalse();
        assertThat(NamePattern.isPattern("a".repeat(200) + ".*")).isTrue();
        assertThat(NamePattern.isPattern("a".repeat(201) + ".*")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "orders.place, orders.place, true",
        "orders.place, orders.placed, false",
        "orders.place, orders, false",
        "orders.*, orders.place, true",
        "orders.*, orders.place.now, true",
        "orders.*, orders, false",
        "orders.*, ordersplace, false",
        "orders.*, others.place, false",
        "orders/*, orders.place, false",
        "*, orders.place, true"
    })
    void matches(String pattern, String name, boolean expected) {
        assertThat(new NamePattern(pattern).matches(name)).isEqualTo(expected);
    }
}
