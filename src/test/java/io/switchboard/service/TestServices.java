package io.switchboard.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.mutiny.Uni;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Reply;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;

/** Services in this process, as somebody would write them. Nothing else refers to them. */
final class TestServices {
    private TestServices() {}

    /** Every kind of argument and result. */
    @ApplicationScoped
    public static class Orders {
        @Serves("method.all")
        ObjectNode all(JsonNode payload, Actor actor, ServiceCall call) {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("user", actor.claims().orElseThrow().username())
                    .put("name", call.name())
                    .put("virtual", Thread.currentThread().isVirtual())
                    .set("payload", payload);
        }

        @Serves("method.nothing")
        public void nothing() {}

        @Serves("method.later")
        protected CompletionStage<JsonNode> later(JsonNode payload) {
            return CompletableFuture.supplyAsync(() -> payload);
        }

        @Serves("method.uni")
        Uni<JsonNode> uni(JsonNode payload) {
            return Uni.createFrom().item(payload);
        }

        @Serves("method.twice")
        CompletionStage<JsonNode> twice() {
            CompletableFuture<JsonNode> answer = new CompletableFuture<>();
            answer.complete(JsonNodeFactory.instance.textNode("first"));
            answer.complete(JsonNodeFactory.instance.textNode("second"));
            return answer;
        }

        @Serves("method.reply")
        ServiceAnswer reply() {
            return new Reply(
                    "1".getBytes(StandardCharsets.UTF_8),
                    Optional.of(new SubscriptionChange(List.of("a"), List.of("b"))),
                    Optional.of(new Grant(List.of("c"), Instant.EPOCH)));
        }

        @Serves("method.failure")
        Uni<Failure> failure() {
            return Uni.createFrom().item(new Failure(404, "no such order"));
        }

        @Serves("method.refusal")
        void refusal() {
            throw new ServiceException(403, "not yours");
        }

        @Serves("method.refusal-later")
        Uni<JsonNode> refusalLater() {
            return Uni.createFrom().failure(new ServiceException(403, "not yours"));
        }

        @Serves("method.broken")
        void broken(JsonNode payload) {
            throw new IllegalStateException(payload.toString());
        }

        @Serves("method.never")
        void never() throws InterruptedException {
            new CountDownLatch(1).await();
        }

        @Serves("method.never-later")
        CompletionStage<JsonNode> neverLater() {
            return new CompletableFuture<>();
        }

        @Serves("method.huge")
        JsonNode huge() {
            return JsonNodeFactory.instance.textNode("x".repeat(100 << 20));
        }

        @Serves("both.method")
        JsonNode both() {
            return JsonNodeFactory.instance.textNode("method");
        }

        @Serves("pattern.*")
        JsonNode pattern(ServiceCall call) {
            return JsonNodeFactory.instance.textNode(call.name());
        }
    }

    /** With a rule for the class, and others for single methods. */
    @Singleton
    @RequireActor(roles = {"editor", "admin"})
    public static class Guarded {
        @Serves("guarded.inherited")
        void inherited() {}

        @Serves("guarded.anybody")
        @RequireActor
        void anybody() {}

        @Serves("guarded.owner")
        @RequireActor(roles = "owner")
        void owner() {}

        @Serves("guarded.nobody")
        @ForbidActor
        void nobody() {}
    }

    /** Not for clients at all. */
    @Dependent
    @ForbidActor
    public static class Internal {
        @Serves("pattern.internal")
        void internal() {}
    }
}
