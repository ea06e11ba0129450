package io.switchboard.transport;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Answers requests that come where sockets do and are no upgrades. The platform would look further for somebody who wants
 * them, and write their headers to its log, the token among them.
 */
@Singleton
final class PlainRequests {
    private static final int UPGRADE_REQUIRED = 426;
    private static final int BEFORE_ENDPOINTS = -1;

    void register(@Observes Router router) {
        for (String path : List.of(
                DetectingEndpoint.PATH,
                CellsEndpoint.PATH,
                CellsShortEndpoint.PATH,
                ChatEndpoint.PATH,
                ChatLongEndpoint.PATH,
                FlamigoEndpoint.PATH,
                OpenFlowEndpoint.PATH,
                OpenFlowEndpoint.VERSIONED_PATH)) {
            router.route(path).order(BEFORE_ENDPOINTS).handler(PlainRequests::answer);
        }
        // not endpoints of their own: what comes to / and is no upgrade is somebody else's
        for (String path : List.of(OpenFlowEndpoint.ROOT_PATH, OpenFlowEndpoint.VERSIONED_PATH)) {
            router.route(path).order(BEFORE_ENDPOINTS).handler(PlainRequests::lead);
        }
    }

    private static void lead(RoutingContext context) {
        if (isUpgrade(context)) {
            context.reroute(OpenFlowEndpoint.PATH);
        } else {
            context.next();
        }
    }

    private static boolean isUpgrade(RoutingContext context) {
        return context.request().headers().contains("Sec-WebSocket-Key");
    }

    private static void answer(RoutingContext context) {
        if (isUpgrade(context)) {
            context.next();
        } else {
            context.response()
                    .setStatusCode(UPGRADE_REQUIRED)
                    .putHeader(HttpHeaders.CONNECTION, "Upgrade")
                    .putHeader(HttpHeaders.UPGRADE, "websocket")
                    .end();
        }
    }
}
