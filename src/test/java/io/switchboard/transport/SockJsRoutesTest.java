package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.switchboard.auth.Claims;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.sockjs.SockJsText;
import io.switchboard.hub.Hub;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Departure;
import io.switchboard.session.OutboundBudget;
import io.switchboard.session.SessionLimits;
import io.switchboard.session.SessionRegistry;
import io.switchboard.session.SessionServices;
import io.switchboard.testing.RawHttp;
import io.switchboard.testing.RawHttp.Answer;
import io.switchboard.testing.TestServices;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SockJS over real HTTP connections, on two event loops, around a dialect that says back what it hears. */
class SockJsRoutesTest {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String LISTED = "https://files.example.org";
    private static final String ORIGIN = "Origin: " + LISTED;
    private static final String PRELUDE = "h".repeat(2048) + "\n";
    private static final int OUTBOUND = 256 * 1024;
    private static final int LOOPS = 2;

    private final Map<String, String> settings = new HashMap<>(Map.of(
            "switchboard.origins", LISTED,
            "switchboard.sockjs.disconnect-delay", "30s",
            "switchboard.limits.message-size", "2000"));
    private final CompletableFuture<Claims> verified = new CompletableFuture<>();
    private final GatewayMetrics metrics = new GatewayMetrics(new SimpleMeterRegistry());
    private final WheelTimers timers = new WheelTimers(metrics);
    private final SessionRegistry registry = new SessionRegistry();
    private final Drain drain = new Drain(registry, new Departure(Duration.ZERO, TestServices.NO_PAST));
    private final List<RawHttp> connections = new ArrayList<>();
    private final Set<String> ids = new HashSet<>(Set.of("a"));
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private Optional<Vertx> vertx = Optional.empty();
    private ConnectionLimits limits;
    private SockJsRoutes routes;
    private int port;

    private void start() throws Exception {
        SwitchboardConfig config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(SwitchboardConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(SwitchboardConfig.class);
        limits = new ConnectionLimits(
                config.limits().connections(),
                config.limits().connectionsUnauthenticated(),
                0,
                config.limits().connectionsPerAddress());
        SessionServices services = TestServices.by(Clock.systemUTC(), timers)
                .dialect(new EchoDialect(MAPPER))
                .verifier(_ -> verified)
                .registry(registry)
                .userLimit(limits)
                .limits(SessionLimits.ofBytes(OUTBOUND))
                .build();
        EventLoops loops = new EventLoops(new Hub(), Clock.systemUTC(), new OutboundBudget(0), config);
        routes = new SockJsRoutes(
                config, loops, services, new SockJsText(MAPPER), limits, metrics, new Entrance(drain, () -> true));
        Vertx running = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));
        vertx = Optional.of(running);
        Router router = Router.router(running);
        router.route().order(-1000).handler(context -> {
            threads.add(Thread.currentThread());
            context.next();
        });
        routes.routes(router);
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        running.deployVerticle(
                        () -> new AbstractVerticle() {
                            @Override
                            public void start(Promise<Void> started) {
                                getVertx()
                                        .createHttpServer(new HttpServerOptions().setHost("127.0.0.1"))
                                        .requestHandler(router)
                                        .listen(port)
                                        .<Void>mapEmpty()
                                        .onComplete(started);
                            }
                        },
                        new DeploymentOptions().setInstances(LOOPS))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void everybodyIsGone() throws Exception {
        connections.forEach(RawHttp::close);
        if (vertx.isPresent()) {
            Thread drains = Thread.ofVirtual().start(() -> drain.onDelay(null));
            await().atMost(PATIENCE).until(drain::begun);
            await().atMost(PATIENCE).until(() -> {
                for (String id : Set.copyOf(ids)) {
                    post(id, "xhr", "", ORIGIN);
                }
                return routes.sessions() == 0 && registry.size() == 0;
            });
            drains.join();
            assertThat(limits.connections()).isZero();
            assertThat(limits.unauthenticated()).isZero();
            assertThat(limits.addresses()).isZero();
            vertx.get().close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
        timers.close();
    }

    private RawHttp connect() throws IOException {
        return connect("127.0.0.1", 0);
    }

    private RawHttp connect(String from, int receiveBuffer) throws IOException {
        RawHttp connection = RawHttp.connect(port, from, receiveBuffer);
        connections.add(connection);
        return connection;
    }

    private String path(String session, String transport) {
        ids.add(session);
        return "/websocket/000/" + session + "/" + transport;
    }

    private Answer post(String session, String transport, String body, String... headers) throws IOException {
        try (RawHttp connection = connect()) {
            return connection.ask("POST", path(session, transport), body, headers);
        }
    }

    private String poll(String session) throws IOException {
        Answer answer = post(session, "xhr", "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).contains("application/javascript; charset=UTF-8");
        return answer.body();
    }

    private void send(String session, String... messages) throws IOException {
        Answer answer = post(session, "xhr_send", MAPPER.writeValueAsString(messages));
        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
    }

    private RawHttp stream(String session, String transport) throws IOException {
        RawHttp connection = connect();
        connection.send(transport.equals("eventsource") ? "GET" : "POST", path(session, transport), "");
        assertThat(connection.readHead()).isEqualTo(200);
        return connection;
    }

    // What stands around sessions

    @ParameterizedTest
    @ValueSource(strings = {"/websocket", "/websocket/"})
    void greets(String path) throws Exception {
        start();
        Answer answer = connect().ask("GET", path, "");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("Welcome to SockJS!\n");
        assertThat(answer.header("content-type")).contains("text/plain; charset=UTF-8");
    }

    @Test
    void informs() throws Exception {
        start();
        Set<Long> entropies = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            Answer answer = connect().ask("GET", "/websocket/info?t=1", "");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("content-type")).contains("application/json; charset=UTF-8");
            assertThat(answer.header("cache-control").orElseThrow()).contains("no-store", "no-cache", "max-age=0");
            assertThat(answer.body())
                    .matches(
                            "\\{\"websocket\":true,\"origins\":\\[\"\\*:\\*\"],\"cookie_needed\":false,\"entropy\":\\d+}");
            entropies.add(MAPPER.readTree(answer.body()).path("entropy").asLong());
        }
        assertThat(entropies).hasSizeGreaterThan(5).allMatch(entropy -> entropy < 1L << 32);
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/websocket/000/a/jsonp",
        "POST,/websocket/000/a/jsonp_send",
        "GET,/websocket/000/a/htmlfile",
        "GET,/websocket/iframe.html",
        "GET,/websocket/iframe-1.6.1.html",
        "POST,/websocket/000/a/xhr/",
        "POST,/websocket/000/a/b/xhr",
        "POST,/websocket/000//xhr",
        "POST,/websocket//a/xhr",
        "POST,/websocket/000/a.b/xhr",
        "POST,/websocket/0.0/a/xhr",
        "POST,/websocket/000/a%2eb/xhr",
        "POST,/websocket/000/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/xhr",
        "GET,/websocket/info/",
        "GET,/websocket/nothing",
    })
    void knowsNothingElse(String method, String path) throws Exception {
        start();
        assertThat(connect().ask(method, path, "").status()).isEqualTo(404);
        assertThat(routes.sessions()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "GET,xhr,POST",
        "GET,xhr_streaming,POST",
        "GET,xhr_send,POST",
        "POST,eventsource,GET",
        "PUT,xhr,POST",
        "POST,websocket,GET"
    })
    void saysWhichMethodsItTakes(String method, String transport, String allowed) throws Exception {
        start();
        Answer answer = connect().ask(method, path("a", transport), "");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("allow")).contains(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/websocket/websocket", "/websocket/000/a/websocket"})
    void aRequestThatIsNoUpgradeIsToldSo(String path) throws Exception {
        start();
        Answer answer = connect().ask("GET", path, "");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body()).isEqualTo("Can \"Upgrade\" only to \"WebSocket\".");
    }

    // Origins

    @ParameterizedTest
    @CsvSource({
        "GET,/websocket",
        "GET,/websocket/info",
        "OPTIONS,/websocket/info",
        "POST,/websocket/000/a/xhr",
        "OPTIONS,/websocket/000/a/xhr",
        "POST,/websocket/000/a/xhr_streaming",
        "OPTIONS,/websocket/000/a/xhr_streaming",
        "GET,/websocket/000/a/eventsource",
        "POST,/websocket/000/a/xhr_send",
        "OPTIONS,/websocket/000/a/xhr_send",
        "POST,/websocket/000/open/xhr_send",
        "GET,/websocket/000/a/jsonp",
        "GET,/websocket/000/a/websocket",
        "DELETE,/websocket/nothing",
    })
    void aForeignPageGetsNothing(String method, String path) throws Exception {
        start();
        try (RawHttp open = stream("open", "xhr_streaming")) {
            for (String origin : List.of("https://evil.example", "null", LISTED + ".evil.example")) {
                Answer answer = connect().ask(method, path, "", "Origin: " + origin);

                assertThat(answer.status()).isEqualTo(403);
                assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
                assertThat(answer.header("vary")).contains("origin");
                assertThat(answer.body()).isEmpty();
            }
            assertThat(connect()
                            .ask(method, path, "", ORIGIN, "Origin: https://evil.example")
                            .status())
                    .isEqualTo(400);
            assertThat(routes.sessions()).isEqualTo(1);
            open.readUntil("o\n");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/websocket/info,200",
        "POST,/websocket/000/a/xhr,200",
        "GET,/websocket/000/a/jsonp,404",
        "POST,/websocket/000/b/xhr_send,404",
        "PUT,/websocket/000/a/xhr,405",
    })
    void aListedPageMayReadTheAnswer(String method, String path, int status) throws Exception {
        start();
        Answer answer = connect().ask(method, path, "", ORIGIN);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("access-control-allow-origin")).contains(LISTED);
        assertThat(answer.header("access-control-allow-credentials")).contains("true");
        assertThat(answer.header("vary")).contains("origin");
        assertThat(answer.header("set-cookie")).isEmpty();
        assertThat(answer.header("cache-control").orElseThrow()).contains("no-store", "no-transform");
    }

    @Test
    void whoIsNoPageIsAnsweredWithoutCors() throws Exception {
        start();
        Answer answer = connect().ask("GET", "/websocket/info", "");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().keySet()).noneMatch(name -> name.startsWith("access-control"));
    }

    @Test
    void whoNamesNoOriginIsRefusedWhereOneIsRequired() throws Exception {
        settings.put("switchboard.origin-required", "true");
        start();
        assertThat(connect().ask("GET", "/websocket/info", "").status()).isEqualTo(403);
        assertThat(post("a", "xhr", "").status()).isEqualTo(403);
        assertThat(post("a", "xhr", "", ORIGIN).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({"info,GET", "000/a/xhr,POST", "000/a/xhr_streaming,POST", "000/a/xhr_send,POST", "000/a/eventsource,GET"
    })
    void browsersMayAskFirst(String path, String method) throws Exception {
        start();
        Answer answer = connect()
                .ask(
                        "OPTIONS",
                        "/websocket/" + path,
                        "",
                        ORIGIN,
                        "Access-Control-Request-Method: " + method,
                        "Access-Control-Request-Headers: content-type");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("access-control-allow-origin")).contains(LISTED);
        assertThat(answer.header("access-control-allow-methods")).contains("OPTIONS, " + method);
        assertThat(answer.header("access-control-allow-headers")).contains("content-type");
        assertThat(answer.header("access-control-max-age")).contains("3600");
        assertThat(routes.sessions()).isZero();
    }

    // Sessions

    @Test
    void polls() throws Exception {
        start();
        try (RawHttp connection = connect()) {
            assertThat(connection.ask("POST", path("a", "xhr"), "").body()).isEqualTo("o\n");
            send("a", "one", "two");
            assertThat(connection.ask("POST", path("a", "xhr"), "").body()).isEqualTo("a[\"one\"]\na[\"two\"]\n");
            connection.send("POST", path("a", "xhr"), "");
            send("a", "three");
            assertThat(connection.read().body()).isEqualTo("a[\"three\"]\n");
        }
    }

    @Test
    void streams() throws Exception {
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        assertThat(stream.header("content-type")).contains("application/javascript; charset=UTF-8");
        assertThat(stream.readUntil("o\n")).isEqualTo(PRELUDE + "o\n");
        send("a", "one");
        assertThat(stream.readUntil("\n")).isEqualTo("a[\"one\"]\n");
        send("a", "many 5 30000");
        String rest = stream.readUntil("x\"]\n");
        while (rest.length() + PRELUDE.length() < 128 * 1024) {
            rest += stream.readUntil("x\"]\n");
        }
        assertThat(stream.readChunk()).as("it ends").isEmpty();
        stream.send("POST", path("a", "xhr_streaming"), "");
        assertThat(stream.readHead()).as("and the connection stays").isEqualTo(200);
        send("a", "last");
        assertThat(stream.readUntil("a[\"last\"]\n")).startsWith(PRELUDE);
    }

    @Test
    void sendsEvents() throws Exception {
        start();
        RawHttp events = stream("a", "eventsource");
        assertThat(events.header("content-type")).contains("text/event-stream");
        assertThat(events.readUntil("o\r\n\r\n")).isEqualTo("\r\ndata: o\r\n\r\n");
        send("a", "50% é");
        assertThat(events.readUntil("\r\n\r\n")).isEqualTo("data: a[\"50%25 é\"]\r\n\r\n");
    }

    @Test
    void aSessionMayChangeItsTransport() throws Exception {
        start();
        assertThat(poll("a")).isEqualTo("o\n");
        try (RawHttp stream = stream("a", "xhr_streaming")) {
            send("a", "one");
            assertThat(stream.readUntil("a[\"one\"]\n")).isEqualTo(PRELUDE + "a[\"one\"]\n");
        }
    }

    /** Each request comes on a connection of its own, and so now on this loop and now on that. */
    @Test
    void requestsOnOtherLoopsReachTheirSession() throws Exception {
        start();
        for (String session : List.of("a", "b", "c")) {
            assertThat(poll(session)).isEqualTo("o\n");
            StringBuilder sent = new StringBuilder();
            StringBuilder received = new StringBuilder();
            for (int i = 0; i < 20; i++) {
                RawHttp waits = connect();
                if (i % 2 == 0) {
                    waits.send("POST", path(session, "xhr"), "");
                }
                send(session, "message " + i);
                sent.append("a[\"message ").append(i).append("\"]\n");
                if (i % 2 != 0) {
                    waits.send("POST", path(session, "xhr"), "");
                }
                received.append(waits.read().body());
                waits.close();
            }
            assertThat(received).hasToString(sent.toString());
        }
        assertThat(threads).hasSize(LOOPS);
    }

    @Test
    void manySessionsBeginAtOnceUnderOneName() throws Exception {
        start();
        for (int round = 0; round < 20; round++) {
            List<RawHttp> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                all.add(connect());
            }
            for (RawHttp one : all) {
                one.send("POST", path("round" + round, "xhr"), "");
            }
            send(all, "round" + round);
        }
    }

    /** One begins the session; the others are polls of it, of which one is open at a time. */
    private void send(List<RawHttp> all, String session) throws IOException {
        int opened = 0;
        int refused = 0;
        int waiting = 0;
        for (RawHttp one : all) {
            one.patience(Duration.ofMillis(100));
            try {
                String body = one.read().body();
                if (body.equals("o\n")) {
                    opened++;
                } else {
                    assertThat(body).startsWith("c[2010,");
                    refused++;
                }
            } catch (SocketTimeoutException _) {
                waiting++;
            }
        }
        assertThat(opened).as("of %s", session).isEqualTo(1);
        assertThat(waiting).isLessThanOrEqualTo(1);
        assertThat(refused).isEqualTo(all.size() - 1 - waiting);
        all.forEach(RawHttp::close);
    }

    @Test
    void aSecondReceiverIsToldSo() throws Exception {
        start();
        try (RawHttp first = stream("a", "xhr_streaming")) {
            first.readUntil("o\n");
            assertThat(poll("a")).isEqualTo("c[2010,\"Another connection still open\"]\n");
            try (RawHttp second = stream("a", "xhr_streaming")) {
                assertThat(second.readUntil("]\n")).isEqualTo(PRELUDE + "c[2010,\"Another connection still open\"]\n");
            }
            try (RawHttp third = stream("a", "eventsource")) {
                assertThat(third.readUntil("\r\n\r\n"))
                        .isEqualTo("\r\ndata: c[2010,\"Another connection still open\"]\r\n\r\n");
            }
            send("a", "one");
            assertThat(first.readUntil("\n")).isEqualTo("a[\"one\"]\n");
        }
    }

    // Sending

    @Test
    void nobodySendsToASessionThatIsUnknown() throws Exception {
        start();
        assertThat(post("a", "xhr_send", "[\"one\"]").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[\"a", "[1]", "{}", "a", "[\"a\"] x"})
    void whatIsBrokenIsRefusedAndTheSessionStays(String body) throws Exception {
        start();
        poll("a");
        try (RawHttp connection = connect()) {
            Answer answer = connection.ask("POST", path("a", "xhr_send"), body);
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).isEqualTo("Broken JSON encoding.");
            assertThat(connection.ask("POST", path("a", "xhr_send"), "[\"x\"]").status())
                    .isEqualTo(204);
        }
        assertThat(poll("a")).isEqualTo("a[\"x\"]\n");
    }

    @Test
    void textThatIsNotUtf8IsBroken() throws Exception {
        start();
        poll("a");
        try (RawHttp connection = connect()) {
            connection.send(
                    ("POST " + path("a", "xhr_send") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n[\"")
                            .getBytes(StandardCharsets.US_ASCII),
                    new byte[] {(byte) 0xc3},
                    "\"]".getBytes(StandardCharsets.US_ASCII));
            assertThat(connection.read().status()).isEqualTo(500);
        }
    }

    @Test
    void aBodyIsExpected() throws Exception {
        start();
        poll("a");
        Answer answer = post("a", "xhr_send", "");

        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.body()).isEqualTo("Payload expected.");
        send("a");
        send("a", "one");
        assertThat(poll("a")).isEqualTo("a[\"one\"]\n");
    }

    @Test
    void aBodyThatIsTooLongIsNotRead() throws Exception {
        start();
        poll("a");
        try (RawHttp connection = connect()) {
            connection.send(("POST " + path("a", "xhr_send") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2001\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(connection.read().status()).isEqualTo(413);
            assertThat(connection.isOver()).isTrue();
        }
        try (RawHttp connection = connect()) {
            ByteArrayOutputStream chunks = new ByteArrayOutputStream();
            chunks.writeBytes(("POST " + path("a", "xhr_send") + " HTTP/1.1\r\nHost: x\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 3; i++) {
                chunks.writeBytes(("3e8\r\n" + "x".repeat(1000) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            }
            connection.send(chunks.toByteArray());
            assertThat(connection.read().status()).isEqualTo(413);
        }
        send("a", "y".repeat(1996));
        assertThat(poll("a")).hasSize(1996 + 6);
    }

    @Test
    void oneRequestThatSendsIsReadAtATime() throws Exception {
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        stream.readUntil("o\n");
        try (RawHttp slow = connect()) {
            byte[] head = ("POST " + path("a", "xhr_send") + " HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\n[\"o")
                    .getBytes(StandardCharsets.US_ASCII);
            slow.send(head);
            await().atMost(PATIENCE)
                    .until(() -> post("a", "xhr_send", "[\"two\"]").status() == 503);
            assertThat(post("a", "xhr_send", "[\"two\"]").header("retry-after")).contains("1");
            slow.send("ne\"]".getBytes(StandardCharsets.US_ASCII));
            assertThat(slow.read().status()).isEqualTo(204);
            slow.send(head);
        }
        await("the one that broke off is forgotten")
                .atMost(PATIENCE)
                .until(() -> post("a", "xhr_send", "[\"two\"]").status() == 204);
        stream.readUntil("a[\"two\"]\n");
    }

    @Test
    void whatFollowsASignInIsAnsweredBehindIt() throws Exception {
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        stream.readUntil("o\n");
        send("a", "sign in");
        try (RawHttp waits = connect()) {
            waits.send("POST", path("a", "xhr_send"), "[\"one\"]");
            waits.patience(Duration.ofMillis(200));
            assertThat(failure(waits)).isInstanceOf(SocketTimeoutException.class);
            assertThat(post("a", "xhr_send", "[\"two\"]").status()).isEqualTo(503);
            waits.patience(PATIENCE);
            verified.complete(new Claims(
                    "alice", "alice", "", Set.of(), List.of(), Instant.now().plusSeconds(60)));
            assertThat(waits.read().status()).isEqualTo(204);
        }
        assertThat(stream.readUntil("a[\"one\"]\n")).isEqualTo("a[\"Authenticated\"]\na[\"one\"]\n");
    }

    /** What becomes of reading an answer that may not come. */
    private static Throwable failure(RawHttp connection) {
        return catchThrowable(connection::read);
    }

    // The end

    @Test
    void whoBreaksTheProtocolIsToldForAWhile() throws Exception {
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        stream.readUntil("o\n");
        send("a", "bad");
        assertThat(stream.readUntil("\"]\n")).startsWith("a[\"closing 400\"]\n");
        await().atMost(PATIENCE).until(() -> routes.sessions() == 0);
        for (int i = 0; i < 2; i++) {
            assertThat(poll("a")).startsWith("c[4400,\"");
            assertThat(post("a", "xhr_send", "[\"one\"]").status()).isEqualTo(404);
        }
        await("the name is free again").atMost(PATIENCE).until(() -> poll("a").equals("o\n"));
    }

    @Test
    void aSessionWhosePollingStopsIsOver() throws Exception {
        settings.put("switchboard.sockjs.disconnect-delay", "400ms");
        start();
        poll("a");
        await().atMost(PATIENCE).until(() -> routes.sessions() == 0);
        assertThat(registry.size()).isZero();
        assertThat(limits.connections()).isZero();
        assertThat(poll("a")).as("another one").isEqualTo("o\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"xhr_streaming", "eventsource"})
    void aClientThatBreaksOffIsGoneAfterAWhile(String transport) throws Exception {
        settings.put("switchboard.sockjs.disconnect-delay", "400ms");
        start();
        RawHttp stream = stream("a", transport);
        stream.readUntil(transport.equals("eventsource") ? "o\r\n\r\n" : "o\n");
        stream.close();
        RawHttp next = stream("b", transport);
        await().atMost(PATIENCE).until(() -> routes.sessions() == 1);
        next.readUntil(transport.equals("eventsource") ? "o\r\n\r\n" : "o\n");
    }

    @Test
    void aPollThatBreaksOffMakesRoomForTheNext() throws Exception {
        start();
        poll("a");
        for (int i = 0; i < 5; i++) {
            openPoll().close();
        }
        RawHttp open = openPoll();
        open.patience(PATIENCE);
        send("a", "one");
        assertThat(open.read().body()).isEqualTo("a[\"one\"]\n");
    }

    /** A poll that is open for sure, since another one was refused. */
    private RawHttp openPoll() throws Exception {
        RawHttp[] polls = {connect(), connect()};
        for (RawHttp poll : polls) {
            poll.send("POST", path("a", "xhr"), "");
            poll.patience(Duration.ofMillis(200));
        }
        List<RawHttp> open = new ArrayList<>();
        for (RawHttp poll : polls) {
            if (failure(poll) instanceof SocketTimeoutException) {
                open.add(poll);
            }
        }
        assertThat(open).hasSizeLessThanOrEqualTo(1);
        // the one that broke off before may have been there still
        return open.isEmpty() ? openPoll() : open.getFirst();
    }

    @Test
    void aStreamThatIsNotReadIsBounded() throws Exception {
        start();
        RawHttp stream = connect("127.0.0.1", 4096);
        stream.send("POST", path("a", "xhr_streaming"), "");
        assertThat(stream.readHead()).isEqualTo(200);
        int sent = 0;
        Answer answer = post("a", "xhr_send", "[\"many 2 20000\"]");
        while (answer.status() == 204 && sent < 5_000) {
            sent++;
            answer = post("a", "xhr_send", "[\"many 2 20000\"]");
        }
        assertThat(answer.status()).as("closed as too slow").isEqualTo(404);
        // what the system keeps for a socket, a chunk, and the bound
        assertThat(sent * 40_000L).isLessThan(16L * 1024 * 1024);
        await().atMost(PATIENCE).until(() -> routes.sessions() == 0);
        assertThat(poll("a")).as("why it was closed").isEqualTo("c[4508,\"the client reads too slowly\"]\n");
    }

    @Test
    void heartBeatsKeepAStreamOpen() throws Exception {
        settings.put("switchboard.sockjs.heartbeat", "200ms");
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        assertThat(stream.readUntil("h\nh\nh\n")).contains("o\n");
        assertThat(stream.readChunk()).as("the client has to show itself").isEmpty();
        assertThat(poll("a")).isEqualTo("h\n");
    }

    // Who gets in

    @Test
    void placesAreBoundedAndGivenBack() throws Exception {
        settings.put("switchboard.limits.connections", "3");
        settings.put("switchboard.limits.connections-per-address", "2");
        start();
        poll("a");
        poll("b");
        assertThat(post("c", "xhr", "").status()).isEqualTo(429);
        assertThat(post("c", "xhr_streaming", "").status()).isEqualTo(429);
        RawHttp other = connect("127.0.0.2", 0);
        assertThat(other.ask("POST", path("c", "xhr"), "").status()).isEqualTo(200);
        assertThat(other.ask("POST", path("d", "xhr"), "").status()).isEqualTo(503);
        assertThat(connect().ask("GET", path("d", "eventsource"), "").status()).isEqualTo(503);
        send("a", "bad");
        poll("a");
        await().atMost(PATIENCE).until(() -> limits.connections() == 2);
        assertThat(limits.unauthenticated()).isEqualTo(2);
        assertThat(post("d", "xhr", "").status()).isEqualTo(200);
        assertThat(post("e", "xhr", "").status()).isEqualTo(503);
    }

    @Test
    void whoHasNotSignedInTakesOneOfTheFewPlacesForThat() throws Exception {
        settings.put("switchboard.limits.connections-unauthenticated", "1");
        start();
        poll("a");
        assertThat(post("b", "xhr", "").status()).isEqualTo(503);
        verified.complete(new Claims(
                "alice", "alice", "", Set.of(), List.of(), Instant.now().plusSeconds(60)));
        send("a", "sign in");
        assertThat(poll("a")).isEqualTo("a[\"Authenticated\"]\n");
        assertThat(poll("b")).isEqualTo("o\n");
    }

    @Test
    void aServerThatStopsTellsEverybodyAndTakesNobody() throws Exception {
        start();
        RawHttp stream = stream("a", "xhr_streaming");
        stream.readUntil("o\n");
        poll("b");
        Thread drains = Thread.ofVirtual().start(() -> drain.onDelay(null));
        assertThat(stream.readUntil("\"]\n")).startsWith("c[1001,");
        assertThat(poll("b")).startsWith("c[1001,");
        drains.join(PATIENCE);
        assertThat(post("c", "xhr", "").status()).isEqualTo(503);
        assertThat(connect().ask("GET", "/websocket/info", "").status()).isEqualTo(503);
        assertThat(post("a", "xhr_send", "[\"one\"]").status()).isEqualTo(404);
    }
}
