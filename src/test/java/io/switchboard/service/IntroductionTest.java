package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON is written with single quotes here. */
class IntroductionTest {
    private static Optional<Introduction> of(String answer) {
        return Introduction.of(
                new ServiceAnswer.Reply(answer.replace('\'', '"').getBytes(UTF_8), Optional.empty(), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'token':'t'} | {}",
                "{'user':'a','token':'t','n':1.10} | {'user':'a','n':1.10}",
                "{'token':'t','more':{'token':'u'}} | {'more':{'token':'u'}}"
            })
    void theTokenIsForSwitchboardAndTheRestForTheClient(String answer, String rest) {
        Introduction introduction = of(answer).orElseThrow();

        assertThat(introduction.token()).isEqualTo("t");
        assertThat(new String(introduction.rest(), UTF_8)).isEqualTo(rest.replace('\'', '"'));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "null",
                "'t'",
                "['token','t']",
                "{'token':''}",
                "{'token':null}",
                "{'token':7}",
                "{'token':['t']}",
                "{'Token':'t'}",
                "{'payload':{'token':'t'}}",
                "token",
                ""
            })
    void whatNamesNoTokenIntroducesNobody(String answer) {
        assertThat(of(answer)).isEmpty();
    }

    @Test
    void whatElseTheServiceWantsIsPassedOn() {
        SubscriptionChange change = new SubscriptionChange(List.of("a"), List.of());
        Grant grant = new Grant(List.of("b"), Instant.EPOCH);
        Introduction introduction = Introduction.of(new ServiceAnswer.Reply(
                        "{\"token\":\"hunter2\",\"x\":\"hunter2\"}".getBytes(UTF_8),
                        Optional.of(change),
                        Optional.of(grant)))
                .orElseThrow();

        assertThat(introduction.subscriptions()).contains(change);
        assertThat(introduction.grant()).contains(grant);
        assertThat(introduction.toString()).doesNotContain("hunter2");
    }
}
