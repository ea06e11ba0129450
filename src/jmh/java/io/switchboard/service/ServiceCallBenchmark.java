package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.config.SwitchboardConfig;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Calls of a service that answers with what it was asked, a hundred at a time: a method in the process, a consumer on its event
 * bus, and a server on the same machine, which shares its processors.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 3)
@Measurement(iterations = 5, time = 3)
public class ServiceCallBenchmark {
    private static final int CALLS = 100;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final byte[] PAYLOAD = "{\"order\":4711,\"note\":\"as it was\"}".getBytes(StandardCharsets.UTF_8);

    @Param({"method", "bus", "http"})
    public String service;

    private Vertx vertx;
    private Services services;
    private ServiceCall call;

    private static final class NobodyListens implements ServiceListener {
        @Override
        public void callStarted() {}

        @Override
        public void callEnded() {}

        @Override
        public void answered(ServiceAnswer answer, long nanos) {}

        @Override
        public void told(Telling telling) {}
    }

    private static final class UsualBreaker implements SwitchboardConfig.Breaker {
        @Override
        public int calls() {
            return 20;
        }

        @Override
        public double failureRatio() {
            return 0.5;
        }

        @Override
        public Duration pause() {
            return Duration.ofSeconds(5);
        }
    }

    @Setup
    public void prepare() throws Exception {
        vertx = Vertx.vertx();
        Clock clock = Clock.systemUTC();
        ActorTokens tokens = new ActorTokens(ActorKey.ephemeral(), clock);
        AnswerReader reader = new AnswerReader(0);
        ServedMethod echo = new ServedMethod(
                new NamePattern("method"),
                List.of(ServedMethod.Argument.PAYLOAD),
                new Admission(Set.of(), false),
                (_, arguments) -> arguments[0]);
        vertx.eventBus()
                .consumer(
                        "service.bus",
                        (Message<JsonObject> message) ->
                                message.reply(message.body().getJsonObject("payload")));
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> request.bodyHandler(body -> request.response()
                        .putHeader("content-type", "application/json")
                        .end(body.toJsonObject().getJsonObject("payload").toBuffer())))
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get();
        HttpTarget http = new HttpTarget(
                "echo",
                new NamePattern("http"),
                true,
                TIMEOUT,
                new UsualBreaker(),
                new HttpEndpoint(
                        HttpEndpoint.client(),
                        URI.create("http://127.0.0.1:" + server.actualPort() + "/"),
                        TIMEOUT,
                        reader.maxBytes()),
                tokens,
                reader);
        services = new Services(
                new ServiceDirectory(
                        List.of(new ServedTarget(echo, TIMEOUT, reader)),
                        new BusTarget(vertx.eventBus(), TIMEOUT, tokens, reader),
                        List.of(http),
                        Optional.empty()),
                0,
                0,
                clock,
                new NobodyListens());
        Claims claims = new Claims(
                "alice",
                "alice",
                "standard",
                Set.of("user"),
                List.of(),
                Instant.now().plus(Duration.ofDays(1)));
        call = new ServiceCall(service, new Actor(UUID.randomUUID(), "realtime", claims), PAYLOAD, Optional.empty());
    }

    @TearDown
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public int call() {
        List<CompletableFuture<ServiceAnswer>> answers = new ArrayList<>(CALLS);
        for (int i = 0; i < CALLS; i++) {
            answers.add(services.call(call).toCompletableFuture());
        }
        int bytes = 0;
        for (CompletableFuture<ServiceAnswer> answer : answers) {
            if (!(requireNonNull(answer.join()) instanceof ServiceAnswer.Reply reply)) {
                throw new IllegalStateException("the service did not answer");
            }
            bytes += reply.payload().length;
        }
        return bytes;
    }
}
