package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.testing.WireJson;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Calls and actors as a session would make them, and a look at answers. */
final class TestCalls {
    static final String TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private TestCalls() {}

    static Actor actor(Instant expiresAt, String... roles) {
        return new Actor(
                UUID.randomUUID(),
                "realtime",
                new Claims(
                        "4711",
                        "alice",
                        "standard",
                        Set.of(roles),
                        List.of(
                                new View("ws-1", Optional.of("files"), List.of(), View.Permission.WRITE),
                                new View("ws-2", Optional.empty(), List.of(), View.Permission.READ)),
                        expiresAt));
    }

    static Actor actor(String... roles) {
        return actor(Instant.now().plusSeconds(600), roles);
    }

    static ServiceCall call(String name, Actor actor, String payload) {
        return new ServiceCall(name, actor, payload.getBytes(UTF_8), Optional.of(TRACEPARENT));
    }

    static ServiceCall call(String name, String payload) {
        return call(name, actor(), payload);
    }

    static ServiceCall call(String name) {
        return call(name, "{}");
    }

    static ServiceAnswer await(CompletionStage<ServiceAnswer> answer) {
        return answer.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    static ServiceAnswer.Reply reply(ServiceAnswer answer) {
        assertThat(answer).isInstanceOf(ServiceAnswer.Reply.class);
        return (ServiceAnswer.Reply) answer;
    }

    static String text(ServiceAnswer answer) {
        return new String(reply(answer).payload(), UTF_8);
    }

    static JsonNode json(ServiceAnswer answer) throws Exception {
        return WireJson.MAPPER.readTree(reply(answer).payload());
    }

    static ServiceAnswer.Failure failure(ServiceAnswer answer, int status) {
        assertThat(answer).isInstanceOf(ServiceAnswer.Failure.class);
        ServiceAnswer.Failure failure = (ServiceAnswer.Failure) answer;
        assertThat(failure.status()).as(failure.message()).isEqualTo(status);
        return failure;
    }
}
