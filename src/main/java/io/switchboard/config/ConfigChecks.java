package io.switchboard.config;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * Ends the start where a setting cannot be meant: a bound or a time below zero, or a way around Switchboard's own settings.
 * A size that is negative does not parse.
 */
@Singleton
final class ConfigChecks {
    /** Before anything else looks at the settings. */
    private static final int FIRST = 1;

    private static final String FORWARDING = "quarkus.http.proxy.proxy-address-forwarding";

    void onStart(@Observes @Priority(FIRST) StartupEvent event, SwitchboardConfig config) {
        check(config);
        noForwarding(ConfigProvider.getConfig()
                .getOptionalValue(FORWARDING, Boolean.class)
                .orElse(false));
    }

    /** It believes the entry of the header that the client itself may have written (docs/adr). */
    static void noForwarding(boolean forwarding) {
        if (forwarding) {
            throw new ConfigurationException(
                    FORWARDING + " is not supported: set switchboard.proxy.trusted to the addresses of your proxies.",
                    Set.of(FORWARDING));
        }
    }

    static void check(SwitchboardConfig config) {
        notNegative("switchboard.auth.timeout", config.auth().timeout());
        notNegative("switchboard.auth.clock-skew", config.auth().clockSkew());
        notNegative("switchboard.auth.jwks-refresh", config.auth().jwksRefresh());
        notNegative(
                "switchboard.auth.jwks-refresh-on-unknown-key", config.auth().jwksRefreshOnUnknownKey());
        notNegative("switchboard.auth.token-lifetime", config.auth().tokenLifetime());
        SwitchboardConfig.Limits limits = config.limits();
        notNegative("switchboard.limits.connections", limits.connections());
        notNegative("switchboard.limits.connections-unauthenticated", limits.connectionsUnauthenticated());
        notNegative("switchboard.limits.connections-per-user", limits.connectionsPerUser());
        notNegative("switchboard.limits.connections-per-address", limits.connectionsPerAddress());
        notNegative("switchboard.limits.fragments-per-message", limits.fragmentsPerMessage());
        notNegative("switchboard.limits.messages-per-second", limits.messagesPerSecond());
        notNegative("switchboard.limits.messages-burst", limits.messagesBurst());
        notNegative("switchboard.limits.errors-in-a-row", limits.errorsInARow());
        notNegative("switchboard.limits.request-timeout", limits.requestTimeout());
        notNegative("switchboard.liveness.ping-interval", config.liveness().pingInterval());
        notNegative("switchboard.liveness.missed-pongs", config.liveness().missedPongs());
        notNegative("switchboard.limits.events-per-request", limits.eventsPerRequest());
        notNegative("switchboard.limits.events-per-second", limits.eventsPerSecond());
        notNegative("switchboard.limits.revocations", limits.revocations());
        notNegative("switchboard.log.queue-events", config.log().queueEvents());
        SwitchboardConfig.Tree tree = config.tree();
        notNegative("switchboard.tree.quiet-window", tree.quietWindow());
        notNegative("switchboard.tree.max-hold", tree.maxHold());
        notNegative("switchboard.tree.held-events", tree.heldEvents());
        notNegative("switchboard.tree.lookups", tree.lookups());
        notNegative("switchboard.tree.lookup-timeout", tree.lookupTimeout());
        notNegative("switchboard.ingress.idempotency-window", config.ingress().idempotencyWindow());
        notNegative("switchboard.ingress.idempotency-keys", config.ingress().idempotencyKeys());
    }

    private static void notNegative(String name, Duration value) {
        if (value.isNegative()) {
            throw negative(name);
        }
    }

    private static void notNegative(String name, int value) {
        if (value < 0) {
            throw negative(name);
        }
    }

    private static ConfigurationException negative(String name) {
        return new ConfigurationException(name + " must not be negative.", Set.of(name));
    }
}
