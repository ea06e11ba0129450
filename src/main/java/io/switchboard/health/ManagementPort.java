package io.switchboard.health;

import io.quarkus.vertx.http.ManagementInterface;
import io.switchboard.config.SwitchboardConfig;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/**
 * Where health and metrics can be asked: on a port of their own, which the platform opens, or beside everything else, where
 * they are passed on to what would answer on that port.
 */
@Singleton
final class ManagementPort {
    private static final List<String> PATHS = List.of("/q/health", "/q/health/*", "/q/metrics", "/q/metrics/*");

    private final boolean own;
    private volatile Optional<Router> management = Optional.empty();

    ManagementPort(SwitchboardConfig config) {
        this.own = config.management().ownPort();
    }

    void main(@Observes Router router) {
        if (!own) {
            for (String path : PATHS) {
                // The request, not the context: a router that is mounted would look for what follows the path.
                router.get(path)
                        .handler(context ->
                                management.ifPresentOrElse(target -> target.handle(context.request()), context::next));
            }
        }
    }

    void management(@Observes ManagementInterface platform) {
        management = Optional.of(platform.router());
    }
}
