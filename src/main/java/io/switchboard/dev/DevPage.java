package io.switchboard.dev;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.vertx.http.HttpServerStart;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The page of the dev profile at {@code /}, and the tokens that it signs in with. Its files are outside
 * {@code META-INF/resources}, which the platform would serve in production, too.
 *
 * <p>Whoever can ask here can be anybody, so only this machine may ask: the peer is a loopback address, and the request
 * names this machine as its host, so that neither a proxy nor a page whose name was made to point here gets a token; and
 * where it names an origin, it is this page's own.
 */
@Singleton
@IfBuildProfile("dev")
public class DevPage {
    private static final Logger LOG = Logger.getLogger(DevPage.class);

    private static final Set<String> OWN_HOSTS = Set.of("localhost", "127.0.0.1", "::1", "[::1]");
    private static final long MAX_BODY = 16 * 1024;
    private static final int MAX_LIFETIME_SECONDS = 24 * 60 * 60;
    private static final int DEFAULT_LIFETIME_SECONDS = 60 * 60;
    private static final String JSON = "application/json";

    private final DevelopmentKeys keys;
    private final FolderSource source;

    @Inject
    public DevPage(DevelopmentKeys keys, FolderSource source) {
        this.keys = keys;
        this.source = source;
    }

    void routes(@Observes Router router) {
        file(router, "/", "index.html", "text/html; charset=utf-8");
        file(router, "/dev/page.css", "page.css", "text/css; charset=utf-8");
        file(router, "/dev/page.js", "page.js", "text/javascript; charset=utf-8");
        file(router, "/dev/chat.js", "chat.js", "text/javascript; charset=utf-8");
        router.get("/dev/info").handler(DevPage::onlyHere).handler(this::info);
        // a route of its own: within one, a body is read before anything else is asked
        router.route("/dev/token").handler(DevPage::onlyHere);
        router.post("/dev/token")
                .handler(BodyHandler.create(false).setBodyLimit(MAX_BODY))
                .handler(this::token);
    }

    void started(@ObservesAsync HttpServerStart start) {
        LOG.infof(
                "Open http://localhost:%d/ and change something in %s",
                start.options().getPort(), source.folder());
    }

    private static void file(Router router, String path, String name, String type) {
        router.get(path).handler(DevPage::onlyHere).blockingHandler(context -> {
            try (InputStream in = Thread.currentThread().getContextClassLoader().getResourceAsStream("dev/" + name)) {
                if (in == null) {
                    context.fail(404);
                    return;
                }
                context.response()
                        .putHeader(HttpHeaders.CONTENT_TYPE, type)
                        .putHeader(
                                "Content-Security-Policy",
                                "default-src 'none'; script-src 'self'; style-src 'self';"
                                        + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                        .putHeader("X-Content-Type-Options", "nosniff")
                        .end(Buffer.buffer(in.readAllBytes()));
            } catch (IOException e) {
                context.fail(e);
            }
        });
    }

    private static void onlyHere(RoutingContext context) {
        HttpServerRequest request = context.request();
        context.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        HostAndPort host = request.authority();
        if (!loopback(request.remoteAddress())
                || host == null
                || !OWN_HOSTS.contains(host.host())
                || (origin != null && !origin.equals(request.scheme() + "://" + request.getHeader(HttpHeaders.HOST)))) {
            problem(context, 403, "the dev page is for this machine only");
            return;
        }
        context.next();
    }

    private static boolean loopback(SocketAddress address) {
        try {
            // an address, not a name: nothing is looked up
            return address != null
                    && InetAddress.ofLiteral(address.hostAddress()).isLoopbackAddress();
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private void info(RoutingContext context) {
        String folder = source.folder().toString();
        answer(
                context,
                new JsonObject()
                        .put("folder", folder)
                        .put("hint", "touch '" + folder.replace("'", "'\\''") + "/hello.txt'")
                        .put("workspace", FolderEvents.WORKSPACE_UUID));
    }

    private void token(RoutingContext context) {
        String token;
        try {
            JsonObject request = context.body().asJsonObject();
            if (request == null || !JSON.equals(mediaType(context))) {
                problem(context, 400, "send a JSON object, as application/json");
                return;
            }
            // getString would make text of anything
            if (!(request.getValue("user") instanceof String user) || user.isBlank()) {
                problem(context, 400, "user is missing, or not a name");
                return;
            }
            int lifetime = request.getInteger("expires", DEFAULT_LIFETIME_SECONDS);
            if (lifetime < 1 || lifetime > MAX_LIFETIME_SECONDS) {
                problem(context, 400, "expires is a number of seconds, at most a day");
                return;
            }
            token = DevelopmentToken.of(
                            user,
                            plain(request.getJsonArray("workspaces")),
                            strings(request.getJsonArray("roles")),
                            Duration.ofSeconds(lifetime))
                    .sign(keys.privateKey());
        } catch (DecodeException | ClassCastException | IllegalArgumentException _) {
            problem(
                    context,
                    400,
                    "send {\"user\":\"…\",\"workspaces\":[…],\"roles\":[\"…\"],\"expires\":<seconds>}, all but user optional");
            return;
        }
        answer(context, new JsonObject().put("token", token));
    }

    private static String mediaType(RoutingContext context) {
        String type = context.request().getHeader(HttpHeaders.CONTENT_TYPE);
        return type == null ? "" : type.split(";", 2)[0].strip();
    }

    private static List<Object> plain(JsonArray array) {
        if (array == null) {
            return List.of();
        }
        return array.stream()
                .map(entry -> switch (entry) {
                    case String id -> (Object) id;
                    case JsonObject object -> object.getMap();
                    case null, default -> throw new IllegalArgumentException("neither an id nor an object");
                })
                .toList();
    }

    private static List<String> strings(JsonArray array) {
        return array == null
                ? List.of()
                : array.stream().map(String.class::cast).toList();
    }

    private static void answer(RoutingContext context, JsonObject body) {
        context.response().putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(body.encode());
    }

    private static void problem(RoutingContext context, int status, String detail) {
        context.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(new JsonObject()
                        .put("status", status)
                        .put("detail", detail)
                        .encode());
    }
}
