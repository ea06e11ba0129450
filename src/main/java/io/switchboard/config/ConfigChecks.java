package io.switchboard.config;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/**
 * Ends the start where a setting cannot be meant: a bound or a time below zero, two that exclude each other, or a way around
 * Switchboard's own settings. A size that is negative does not parse. What is unsafe is said once, outside of the dev and
 * test profiles.
 */
@Singleton
final class ConfigChecks {
    /** What a message of OpenFlow takes beside its data, at most. */
    private static final int ENVELOPE_BYTES = 1024;

    /** Renewed five times in its time, each of which takes a way to NATS and back. */
    private static final Duration SHORTEST_LEASE = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger(ConfigChecks.class);

    private static final String LINE = "settings check=%s settings=%s: %s";

    /** Before anything else looks at the settings. */
    private static final int FIRST = 1;

    private static final String FORWARDING = "quarkus.http.proxy.proxy-address-forwarding";

    private static final List<String> SHUTDOWN_WAITS = List.of("quarkus.shutdown.delay", "quarkus.shutdown.timeout");

    void onStart(@Observes @Priority(FIRST) StartupEvent event, SwitchboardConfig config, Config platform) {
        check(config);
        EndTimes.check(
                config.drain(),
                SHUTDOWN_WAITS.stream()
                        .map(name ->
                                platform.getOptionalValue(name, Duration.class).orElse(Duration.ZERO))
                        .reduce(Duration.ZERO, Duration::plus));
        noForwarding(platform.getOptionalValue(FORWARDING, Boolean.class).orElse(false));
        if (!LaunchMode.current().isDevOrTest()) {
            report(ConfigAdvice.of(
                    config,
                    name -> platform.getOptionalValue(name, String.class).filter(value -> !value.isBlank()),
                    Runtime.getRuntime().maxMemory()));
        }
    }

    /** It believes the entry of the header that the client itself may have written (docs/adr). */
    static void noForwarding(boolean forwarding) {
        if (forwarding) {
            throw new ConfigurationException(
                    FORWARDING + " is not supported: set switchboard.proxy.trusted to the addresses of your proxies.",
                    Set.of(FORWARDING));
        }
    }

    /** Logs each warning and note once; all errors together end the start. */
    static void report(List<Finding> findings) {
        List<Finding> errors = new ArrayList<>();
        for (Finding finding : findings) {
            switch (finding.severity()) {
                case ERROR -> errors.add(finding);
                case WARNING -> LOG.warnf(LINE, finding.id(), String.join(",", finding.settings()), finding.advice());
                case NOTE -> LOG.infof(LINE, finding.id(), String.join(",", finding.settings()), finding.advice());
            }
        }
        if (!errors.isEmpty()) {
            throw new ConfigurationException(
                    errors.stream().map(ConfigChecks::line).collect(Collectors.joining("\n")),
                    errors.stream()
                            .flatMap(finding -> finding.settings().stream())
                            .collect(Collectors.toSet()));
        }
    }

    private static String line(Finding finding) {
        return LINE.formatted(finding.id(), String.join(",", finding.settings()), finding.advice());
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
        RateSettings.byType(limits.rates()).forEach((type, rate) -> {
            String name = "switchboard.limits.rates." + type;
            notNegative(name + ".per-session", rate.perSession());
            notNegative(name + ".per-user", rate.perUser());
            notNegative(name + ".burst", rate.burst());
        });
        notNegative("switchboard.limits.errors-in-a-row", limits.errorsInARow());
        notNegative("switchboard.limits.request-timeout", limits.requestTimeout());
        notNegative("switchboard.liveness.ping-interval", config.liveness().pingInterval());
        notNegative("switchboard.liveness.missed-pongs", config.liveness().missedPongs());
        positive("switchboard.sockjs.disconnect-delay", config.sockjs().disconnectDelay());
        positive("switchboard.sockjs.heartbeat", config.sockjs().heartbeat());
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
        services(config.services());
        EndTimes.check(config.drain(), Duration.ZERO);
        notNegative("switchboard.health.stuck-loop", config.health().stuckLoop());
        notNegative("switchboard.health.log-full", config.health().logFull());
        notNegative("switchboard.ingress.idempotency-window", config.ingress().idempotencyWindow());
        notNegative("switchboard.ingress.idempotency-keys", config.ingress().idempotencyKeys());
        storage(config.storage());
        notNegative("switchboard.chat.keep-messages", config.chat().keepMessages());
        notNegative("switchboard.chat.keep-age", config.chat().keepAge());
        mailbox(config.mailbox());
        notNegative("switchboard.limits.sign-ins-per-address", limits.signInsPerAddress());
        notNegative("switchboard.limits.sign-ins-per-name", limits.signInsPerName());
        openflow(config.openflow(), limits.messageSize().asLongValue());
        queues(config.queues());
        cluster(config);
    }

    private static void openflow(SwitchboardConfig.OpenFlow openflow, long messageSize) {
        notNegative("switchboard.openflow.open-commands", openflow.openCommands());
        positive("switchboard.openflow.open-for", openflow.openFor());
        notNegative("switchboard.openflow.ping-interval", openflow.pingInterval());
        positive("switchboard.openflow.expiration", openflow.expiration());
        notNegative("switchboard.openflow.refresh-interval", openflow.refreshInterval());
        notNegative("switchboard.openflow.consume-delay", openflow.consumeDelay());
        if (openflow.openPerConnection() < 1) {
            throw new ConfigurationException(
                    "switchboard.openflow.open-per-connection must be 1 or more.",
                    Set.of("switchboard.openflow.open-per-connection"));
        }
        // a character takes three bytes at most, and one that is escaped two; the envelope takes the rest
        long longest = (messageSize - ENVELOPE_BYTES) / 3;
        if (openflow.packageSize() < 1 || (messageSize > 0 && openflow.packageSize() > longest)) {
            throw new ConfigurationException(
                    "switchboard.openflow.package-size must be from 1 to " + Math.max(1, longest)
                            + ", so that what clients cut to it is no larger than switchboard.limits.message-size.",
                    Set.of("switchboard.openflow.package-size", "switchboard.limits.message-size"));
        }
    }

    private static void queues(SwitchboardConfig.Queues queues) {
        notNegative("switchboard.queues.messages-per-queue", queues.messagesPerQueue());
        notNegative("switchboard.queues.queues-per-user", queues.queuesPerUser());
        notNegative("switchboard.queues.queues", queues.queues());
        notNegative("switchboard.queues.exchanges", queues.exchanges());
        notNegative("switchboard.queues.bindings-per-exchange", queues.bindingsPerExchange());
        notNegative("switchboard.queues.deliveries", queues.deliveries());
        notNegative("switchboard.queues.redelivery-delay", queues.redeliveryDelay());
        notNegative("switchboard.queues.answer-timeout", queues.answerTimeout());
        notNegative("switchboard.queues.keep-dead-letters", queues.keepDeadLetters());
        notNegative("switchboard.queues.keep-unused", queues.keepUnused());
    }

    private static void cluster(SwitchboardConfig config) {
        SwitchboardConfig.Cluster cluster = config.cluster();
        if (cluster.lease().compareTo(SHORTEST_LEASE) < 0) {
            throw new ConfigurationException(
                    "switchboard.cluster.lease must be 1s or more.", Set.of("switchboard.cluster.lease"));
        }
        positive("switchboard.cluster.count-patience", cluster.countPatience());
        positive("switchboard.cluster.nats.connect-timeout", cluster.nats().connectTimeout());
        positive("switchboard.cluster.stream.age", cluster.stream().age());
        positive("switchboard.cluster.stream.duplicate-window", cluster.stream().duplicateWindow());
        if (cluster.stream().duplicateWindow().compareTo(cluster.stream().age()) > 0) {
            throw new ConfigurationException(
                    "switchboard.cluster.stream.duplicate-window must not be longer than switchboard.cluster.stream.age.",
                    Set.of("switchboard.cluster.stream.duplicate-window", "switchboard.cluster.stream.age"));
        }
        if (!Set.of(1, 3, 5).contains(cluster.stream().replicas())) {
            throw new ConfigurationException(
                    "switchboard.cluster.stream.replicas must be 1, 3 or 5.",
                    Set.of("switchboard.cluster.stream.replicas"));
        }
        if (!cluster.prefix().matches("[A-Za-z0-9-]{1,64}")) {
            throw new ConfigurationException(
                    "switchboard.cluster.prefix must be 1 to 64 letters, digits or -.",
                    Set.of("switchboard.cluster.prefix"));
        }
        if (cluster.nats().user().isPresent() != cluster.nats().password().isPresent()) {
            throw new ConfigurationException(
                    "switchboard.cluster.nats.user and switchboard.cluster.nats.password must be set together.",
                    Set.of("switchboard.cluster.nats.user", "switchboard.cluster.nats.password"));
        }
        boolean several = cluster.nats().servers().map(list -> !list.isEmpty()).orElse(false);
        if (several && config.storage().kind() == StorageKind.SQLITE) {
            throw new ConfigurationException(
                    "switchboard.cluster.nats.servers needs switchboard.storage.kind=postgresql: replicas must share what"
                            + " they keep, and SQLite is a file of one process.",
                    Set.of("switchboard.cluster.nats.servers", "switchboard.storage.kind"));
        }
    }

    private static void mailbox(SwitchboardConfig.Mailbox mailbox) {
        notNegative("switchboard.mailbox.messages-per-user", mailbox.messagesPerUser());
        notNegative("switchboard.mailbox.messages-per-sender-and-user", mailbox.messagesPerSenderAndUser());
        notNegative("switchboard.mailbox.messages-per-sender", mailbox.messagesPerSender());
        notNegative("switchboard.mailbox.messages-of-strangers", mailbox.messagesOfStrangers());
        positive("switchboard.mailbox.time-to-live", mailbox.timeToLive());
    }

    private static void storage(SwitchboardConfig.Storage storage) {
        notNegative("switchboard.storage.queue-commands", storage.queueCommands());
        positive("switchboard.storage.timeout", storage.timeout());
        if (storage.readers() < 1) {
            throw new ConfigurationException(
                    "switchboard.storage.readers must be 1 or more.", Set.of("switchboard.storage.readers"));
        }
        Optional<String> url = storage.url().filter(text -> !text.isBlank());
        if (url.isEmpty() && storage.kind() != StorageKind.SQLITE) {
            throw wrongUrl("is required with switchboard.storage.kind="
                    + storage.kind().wireName() + ", such as jdbc:postgresql://host:5432/switchboard.");
        }
        url.ifPresent(text -> storageUrl(storage.kind(), text));
    }

    /** The URL itself is not repeated: what is wrong with it may be that it holds a secret. */
    private static void storageUrl(StorageKind kind, String url) {
        if (!url.startsWith(kind.scheme())) {
            throw wrongUrl("must begin with " + kind.scheme() + " because switchboard.storage.kind is "
                    + kind.wireName() + ".");
        }
        if (url.toLowerCase(Locale.ROOT).contains("password=")) {
            throw wrongUrl("must not hold a password, which would show in logs: set switchboard.storage.password.");
        }
        String file = url.substring(kind.scheme().length());
        if (kind == StorageKind.SQLITE
                && (file.isBlank()
                        || file.startsWith("?")
                        || file.contains(":memory:")
                        || file.contains("mode=memory"))) {
            throw wrongUrl("must name a file, such as jdbc:sqlite:/data/switchboard.db.");
        }
    }

    private static ConfigurationException wrongUrl(String what) {
        return new ConfigurationException("switchboard.storage.url " + what, Set.of("switchboard.storage.url"));
    }

    private static void services(SwitchboardConfig.Services services) {
        notNegative("switchboard.services.calls", services.calls());
        positive("switchboard.services.timeout", services.timeout());
        notNegative("switchboard.services.breaker.calls", services.breaker().calls());
        notNegative("switchboard.services.breaker.pause", services.breaker().pause());
        double ratio = services.breaker().failureRatio();
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new ConfigurationException(
                    "switchboard.services.breaker.failure-ratio must be from 0 to 1.",
                    Set.of("switchboard.services.breaker.failure-ratio"));
        }
        SwitchboardConfig.SessionEvents events = services.sessionEvents();
        notNegative("switchboard.services.session-events.queue-events", events.queueEvents());
        notNegative("switchboard.services.session-events.pause", events.pause());
        notNegative("switchboard.services.session-events.longest-pause", events.longestPause());
        if (events.attempts() < 1) {
            throw new ConfigurationException(
                    "switchboard.services.session-events.attempts must be 1 or more.",
                    Set.of("switchboard.services.session-events.attempts"));
        }
        services.nats().timeout().ifPresent(timeout -> positive("switchboard.services.nats.timeout", timeout));
        services.http()
                .forEach((key, service) -> service.timeout()
                        .ifPresent(timeout -> positive("switchboard.services.http." + key + ".timeout", timeout)));
    }

    /** Nothing may take for ever, so 0 does not switch it off. */
    private static void positive(String name, Duration value) {
        if (value.toMillis() <= 0) {
            throw new ConfigurationException(name + " must be 1 ms or longer.", Set.of(name));
        }
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
