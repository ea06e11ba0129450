package io.switchboard.config;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Set;

/** Ends the start where a setting cannot be meant: a bound or a time below zero. A size that is negative does not parse. */
@Singleton
final class ConfigChecks {
    /** Before anything else looks at the settings. */
    private static final int FIRST = 1;

    void onStart(@Observes @Priority(FIRST) StartupEvent event, SwitchboardConfig config) {
        check(config);
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
        notNegative("switchboard.limits.connections-per-user", limits.connectionsPerUser());
        notNegative("switchboard.limits.connections-per-address", limits.connectionsPerAddress());
        notNegative("switchboard.limits.events-per-request", limits.eventsPerRequest());
        notNegative("switchboard.limits.revocations", limits.revocations());
        notNegative("switchboard.log.queue-events", config.log().queueEvents());
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
