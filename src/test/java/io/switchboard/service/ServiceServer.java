package io.switchboard.service;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetServer;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Internal services over HTTP on the loopback, good and bad ones. What a call wants is in its payload; what came otherwise can be
 * asked for with GET. Each kind of behaviour has a name of its own, and so a circuit breaker.
 */
public class ServiceServer implements QuarkusTestResourceLifecycleManager {
    /** Names under {@code fault.}. */
    private static final String[] FAULTS = {
        "never", "trickle", "huge", "huge-chunked", "reset", "garbage", "redirect", "status", "breaker", "problem"
    };

    private static final Buffer MEGABYTE = Buffer.buffer("x".repeat(1 << 20));

    private Vertx vertx;

    @Override
    public Map<String, String> start() {
        vertx = Vertx.vertx();
        Behaviour behaviour = new Behaviour();
        get(vertx.deployVerticle(behaviour));
        NetServer twice = get(vertx.createNetServer()
                .connectHandler(socket -> {
                    int[] number = {0};
                    socket.handler(_ -> {
                        number[0]++;
                        socket.write(plain("\"" + number[0] + "-first\"") + plain("\"" + number[0] + "-second\""));
                    });
                })
                .listen(0, "localhost"));
        String url = "http://localhost:" + behaviour.server.actualPort() + "/";
        Map<String, String> settings = new HashMap<>();
        service(settings, "echo", "http.*", url);
        service(settings, "exact", "http.exact", url + "exact");
        service(settings, "both", "both.method", url);
        service(settings, "bus", "both.bus", url);
        service(settings, "off", "off", url);
        settings.put("switchboard.services.http.off.enabled", "false");
        service(settings, "nobody", "nobody", "http://localhost:1/");
        service(settings, "twice", "fault.twice", "http://localhost:" + twice.actualPort() + "/");
        for (String fault : FAULTS) {
            service(settings, fault, "fault." + fault, url);
        }
        for (String slow : new String[] {"never", "trickle"}) {
            settings.put("switchboard.services.http." + slow + ".timeout", "500ms");
        }
        settings.put("switchboard.services.http.told.url", url + "told");
        settings.put("switchboard.services.http.told.on", "session.opened,user.authenticated,session.closed");
        settings.put("switchboard.services.http.told-closed.url", url + "told-closed");
        settings.put("switchboard.services.http.told-closed.on", "session.closed");
        return settings;
    }

    private static void service(Map<String, String> settings, String key, String name, String url) {
        settings.put("switchboard.services.http." + key + ".name", name);
        settings.put("switchboard.services.http." + key + ".url", url);
    }

    private static String plain(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static <T> T get(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void stop() {
        if (vertx != null) {
            get(vertx.close());
        }
    }

    /** All on one event loop. */
    private static final class Behaviour extends AbstractVerticle {
        private final JsonObject counts = new JsonObject();
        private final JsonArray told = new JsonArray();
        private final Map<String, Integer> attempts = new HashMap<>();
        private HttpServer server;

        @Override
        public void start(io.vertx.core.Promise<Void> started) {
            vertx.createHttpServer()
                    .requestHandler(this::receive)
                    .listen(0, "localhost")
                    .onComplete(listening -> {
                        server = listening.result();
                        started.handle(listening.mapEmpty());
                    });
        }

        private void count(String what, long more) {
            counts.put(what, counts.getLong(what, 0L) + more);
        }

        private void receive(HttpServerRequest request) {
            switch (request.path()) {
                case "/counts" -> request.response().end(counts.encode());
                case "/told" -> {
                    if (request.method().name().equals("GET")) {
                        request.response().end(told.encode());
                    } else {
                        request.body().onSuccess(body -> told(request, body.toJsonObject()));
                    }
                }
                case "/told-closed", "/stolen" -> {
                    count(request.path(), 1);
                    request.response().end();
                }
                default -> request.body().onSuccess(body -> answer(request, body));
            }
        }

        /** The second and third attempt fail in every way that is worth another one. */
        private void told(HttpServerRequest request, JsonObject event) {
            String id = event.getString("id");
            int attempt = attempts.merge(id, 1, Integer::sum);
            boolean odd = event.getString("dialect", "").equals("odd");
            if (odd && attempt == 1) {
                request.connection().close();
            } else if (odd && attempt == 2) {
                request.response().setStatusCode(503).end();
            } else if (odd && attempt == 3) {
                request.response().setStatusCode(429).end();
            } else if (event.getString("dialect", "").equals("refused")) {
                count("refused", 1);
                request.response().setStatusCode(400).end();
            } else {
                told.add(event.copy()
                        .put("attempt", attempt)
                        .put("authorization", request.getHeader("Authorization"))
                        .put("request", request.getHeader("X-Request-Id")));
                request.response().setStatusCode(204).end();
            }
        }

        private void answer(HttpServerRequest request, Buffer body) {
            JsonObject call = body.toJsonObject();
            JsonObject payload = call.getValue("payload") instanceof JsonObject object ? object : new JsonObject();
            String name = call.getString("name");
            count(name, 1);
            HttpServerResponse response = request.response();
            switch (name) {
                case "fault.never" -> request.connection().closeHandler(_ -> count("never.closed", 1));
                case "fault.trickle" -> {
                    response.setChunked(true).putHeader("Content-Type", "application/json");
                    long timer = vertx.setPeriodic(20, _ -> response.write(" "));
                    request.connection().closeHandler(_ -> {
                        vertx.cancelTimer(timer);
                        count("trickle.closed", 1);
                    });
                }
                case "fault.huge" -> {
                    response.putHeader("Content-Length", Long.toString(100L << 20));
                    pump(response, 100);
                }
                case "fault.huge-chunked" -> {
                    response.setChunked(true);
                    pump(response, 100);
                }
                case "fault.reset" -> request.connection().close();
                case "fault.garbage" -> response.end("hunter2");
                case "fault.redirect" ->
                    response.setStatusCode(302).putHeader("Location", "/stolen").end();
                case "fault.status", "fault.breaker" ->
                    response.setStatusCode(payload.getInteger("status")).end("hunter2");
                case "fault.problem" ->
                    response.setStatusCode(payload.getInteger("status"))
                            .putHeader("Content-Type", "application/problem+json")
                            .end(payload.getString("body"));
                default -> {
                    if (payload.containsKey("type")) {
                        response.putHeader("Content-Type", payload.getString("type"))
                                .end(payload.getJsonObject("answer").encode());
                    } else if (payload.containsKey("empty")) {
                        response.setStatusCode(204).end();
                    } else {
                        echo(request, call);
                    }
                }
            }
        }

        private void pump(HttpServerResponse response, int megabytes) {
            if (megabytes == 0) {
                response.end();
                return;
            }
            count("pumped", 1);
            response.exceptionHandler(_ -> {});
            response.write(MEGABYTE).onSuccess(_ -> pump(response, megabytes - 1));
        }

        private static void echo(HttpServerRequest request, JsonObject call) {
            JsonObject headers = new JsonObject();
            request.headers()
                    .forEach(header ->
                            headers.put(header.getKey().toLowerCase(java.util.Locale.ROOT), header.getValue()));
            request.response()
                    .putHeader("Content-Type", "application/json")
                    .end(new JsonObject()
                            .put("path", request.path())
                            .put("method", request.method().name())
                            .put("headers", headers)
                            .put("call", call)
                            .encode());
        }
    }
}
