package io.switchboard.config;

import io.quarkus.runtime.configuration.MemorySizeConverter;
import io.switchboard.config.Finding.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Looks for settings that are unsafe, or that contradict each other. Pure. */
final class ConfigAdvice {
    /** A token of 12 KiB in the query, and the rest of the line. */
    private static final long REQUEST_LINE_FOR_TOKENS = 13 * 1024;

    /** An event in the heap takes a few times what it takes as JSON. */
    private static final long HEAP_FOR_KEPT = 3;

    private static final Duration LONGEST_SKEW = Duration.ofMinutes(5);

    private final SwitchboardConfig config;
    private final Function<String, Optional<String>> platform;
    private final long heapBytes;
    private final List<Finding> findings = new ArrayList<>();

    private ConfigAdvice(SwitchboardConfig config, Function<String, Optional<String>> platform, long heapBytes) {
        this.config = config;
        this.platform = platform;
        this.heapBytes = heapBytes;
    }

    /**
     * All that there is to say.
     *
     * @param platform reads a setting that is not Switchboard's own
     * @param heapBytes what the process may take
     */
    static List<Finding> of(SwitchboardConfig config, Function<String, Optional<String>> platform, long heapBytes) {
        ConfigAdvice advice = new ConfigAdvice(config, platform, heapBytes);
        advice.tokens();
        advice.origins();
        advice.rules();
        advice.limits();
        advice.bounds();
        advice.ports();
        advice.services();
        advice.cluster();
        advice.drain();
        return List.copyOf(advice.findings);
    }

    private void tokens() {
        if (platform.apply("mp.jwt.verify.issuer").isEmpty()) {
            warn("no-issuer", "tokens of every issuer with a known key are accepted: set it", "mp.jwt.verify.issuer");
        }
        if (platform.apply("mp.jwt.verify.audiences").isEmpty()) {
            warn(
                    "no-audience",
                    "tokens that were issued for other services are accepted: set it",
                    "mp.jwt.verify.audiences");
        }
        if (platform.apply("mp.jwt.verify.publickey.location")
                .filter(location -> location.regionMatches(true, 0, "http:", 0, 5))
                .isPresent()) {
            warn(
                    "keys-without-tls",
                    "keys are fetched without TLS, so whoever is on the way can replace them: use https",
                    "mp.jwt.verify.publickey.location");
        }
        if (platform.apply("smallrye.jwt.verify.secretkey").isPresent()) {
            warn(
                    "shared-secret",
                    "whoever can verify a token with a shared secret can also make one: prefer a public key",
                    "smallrye.jwt.verify.secretkey");
        }
        if (config.auth().clockSkew().compareTo(LONGEST_SKEW) > 0) {
            warn(
                    "long-clock-skew",
                    "expired tokens are accepted for that long: keep clocks in step and lower it",
                    "switchboard.auth.clock-skew");
        }
        if (config.auth().apiAudience().isEmpty()) {
            warn(
                    "no-api-audience",
                    "a browser's token with the role of administrators opens the administration API: set it",
                    "switchboard.auth.api-audience");
        }
        if (config.auth().tokenLifetime().isZero()) {
            warn(
                    "no-token-lifetime",
                    "tokens of every lifetime are accepted, and revocations never lapse: set a time",
                    "switchboard.auth.token-lifetime");
        }
        if (config.auth().timeout().isZero()) {
            warn(
                    "no-sign-in-timeout",
                    "connections that never sign in stay for ever: set a time",
                    "switchboard.auth.timeout");
        }
    }

    private void origins() {
        if (config.origins().stream()
                .flatMap(List::stream)
                .anyMatch(origin -> origin.strip().equals("*"))) {
            warn(
                    "every-origin",
                    "pages of every site may open sockets for their visitors: list the origins",
                    "switchboard.origins");
        }
    }

    private void rules() {
        if (config.rules().publish().stream().anyMatch(rule -> rule.strip().equals("**"))) {
            warn(
                    "publish-anywhere",
                    "every user may publish on every topic that is not guarded: name the topics",
                    "switchboard.rules.publish");
        }
    }

    private void limits() {
        SwitchboardConfig.Limits limits = config.limits();
        unlimited("switchboard.limits.connections", limits.connections());
        unlimited("switchboard.limits.message-size", limits.messageSize().asLongValue());
        unlimited("switchboard.limits.outbound-bytes", limits.outboundBytes().asLongValue());
        unlimited(
                "switchboard.limits.outbound-bytes-total",
                limits.outboundBytesTotal().asLongValue());
        unlimited("switchboard.limits.event-size", limits.eventSize().asLongValue());
        unlimited(
                "switchboard.openflow.command-size",
                config.openflow().commandSize().asLongValue());
        unlimited("switchboard.log.queue-bytes", config.log().queueBytes().asLongValue());
        unlimited("switchboard.log.kept-bytes", config.log().keptBytes().asLongValue());
        unlimited("switchboard.ingress.idempotency-keys", config.ingress().idempotencyKeys());
        SwitchboardConfig.Services services = config.services();
        unlimited("switchboard.services.request-size", services.requestSize().asLongValue());
        unlimited("switchboard.services.answer-size", services.answerSize().asLongValue());
        unlimited("switchboard.services.calls", services.calls());
        unlimited(
                "switchboard.services.session-events.queue-bytes",
                services.sessionEvents().queueBytes().asLongValue());
        unlimited("switchboard.storage.queue-commands", config.storage().queueCommands());
        unlimited(
                "switchboard.storage.queue-bytes", config.storage().queueBytes().asLongValue());
    }

    private void unlimited(String setting, long value) {
        if (value == 0) {
            warn("unlimited", "0 switches the limit off, and memory is the only one left: set a limit", setting);
        }
    }

    private void bounds() {
        SwitchboardConfig.Limits limits = config.limits();
        long outbound = limits.outboundBytes().asLongValue();
        long outboundTotal = limits.outboundBytesTotal().asLongValue();
        long event = limits.eventSize().asLongValue();
        long queue = config.log().queueBytes().asLongValue();
        above(
                "client-above-total",
                outbound,
                outboundTotal,
                "one slow client may take more than all together: lower the first or raise the second",
                "switchboard.limits.outbound-bytes",
                "switchboard.limits.outbound-bytes-total");
        above(
                "event-above-client",
                event,
                outbound,
                "a single event closes clients as too slow: lower the first or raise the second",
                "switchboard.limits.event-size",
                "switchboard.limits.outbound-bytes");
        above(
                "event-above-log",
                event,
                queue,
                "the largest events pass one at a time: lower the first or raise the second",
                "switchboard.limits.event-size",
                "switchboard.log.queue-bytes");
        size("quarkus.http.limits.max-body-size")
                .ifPresent(body -> above(
                        "event-above-body",
                        event,
                        body,
                        "the largest events are refused with their request: lower the first or raise the second",
                        "switchboard.limits.event-size",
                        "quarkus.http.limits.max-body-size"));
        above(
                "held-events-above-log",
                config.tree().heldEvents(),
                config.log().queueEvents(),
                "what is held for merging fills the log's queue, and publishing is refused: lower the first or raise the"
                        + " second",
                "switchboard.tree.held-events",
                "switchboard.log.queue-events");
        above(
                "held-bytes-above-log",
                config.tree().heldBytes().asLongValue(),
                queue,
                "what is held for merging fills the log's queue, and publishing is refused: lower the first or raise the"
                        + " second",
                "switchboard.tree.held-bytes",
                "switchboard.log.queue-bytes");
        if (outboundTotal + queue + HEAP_FOR_KEPT * config.log().keptBytes().asLongValue() > heapBytes / 4 * 3) {
            warn(
                    "bounds-above-memory",
                    "what may wait and what is kept does not fit into the heap: lower them or give the process more memory",
                    "switchboard.limits.outbound-bytes-total",
                    "switchboard.log.queue-bytes",
                    "switchboard.log.kept-bytes");
        }
        if (size("quarkus.http.limits.max-initial-line-length")
                .filter(line -> line < REQUEST_LINE_FOR_TOKENS)
                .isPresent()) {
            warn(
                    "short-request-line",
                    "a token of 12 KiB does not fit into the query of an upgrade: raise it to 16384",
                    "quarkus.http.limits.max-initial-line-length");
        }
    }

    private void above(String id, long first, long second, String advice, String... settings) {
        if (first > 0 && second > 0 && first > second) {
            warn(id, advice, settings);
        }
    }

    private void ports() {
        Optional<String> port = platform.apply("quarkus.http.port");
        if (config.management().ownPort()) {
            Optional<String> management = platform.apply("quarkus.management.port");
            if (management.isPresent() && management.equals(port) && !port.get().equals("0")) {
                add(
                        "same-port",
                        Severity.ERROR,
                        "health and metrics cannot have the clients' port as their own: choose another",
                        "quarkus.management.port",
                        "quarkus.http.port");
            }
        } else {
            add(
                    "shared-management-port",
                    Severity.NOTE,
                    "health and metrics are served to whoever reaches the clients' port: keep them from strangers in the"
                            + " proxy, or give them a port of their own",
                    "switchboard.management.own-port");
        }
        if (platform.apply("quarkus.http.ssl.certificate.files").isEmpty()
                && platform.apply("quarkus.http.ssl.certificate.key-store-file").isEmpty()
                && platform.apply("quarkus.http.tls-configuration-name").isEmpty()) {
            add(
                    "no-tls",
                    Severity.NOTE,
                    "connections are not encrypted here: let only a proxy that ends TLS reach the port",
                    "quarkus.http.port");
        }
    }

    private void services() {
        if (!config.services().http().isEmpty()
                && config.services().actorKeyLocation().isEmpty()) {
            add(
                    "own-actor-key",
                    Severity.NOTE,
                    "the key of actors' tokens is made anew at each start, and other processes have others: services must"
                            + " fetch it from this one, or set it",
                    "switchboard.services.actor-key-location");
        }
        if (config.services().http().values().stream()
                .anyMatch(service -> service.url().regionMatches(true, 0, "http:", 0, 5))) {
            warn(
                    "services-without-tls",
                    "calls and actors' tokens can be read on their way to services: use https, or a network that"
                            + " encrypts",
                    "switchboard.services.http.<key>.url");
        }
    }

    private void cluster() {
        List<String> servers = config.cluster().nats().servers().orElse(List.of());
        if (servers.isEmpty()) {
            return;
        }
        if (servers.stream().anyMatch(url -> !url.regionMatches(true, 0, "tls:", 0, 4))) {
            warn(
                    "nats-without-tls",
                    "events, messages and passwords can be read and written on their way to NATS: use tls://, or a network"
                            + " that encrypts",
                    "switchboard.cluster.nats.servers");
        }
        if (config.cluster().nats().user().isEmpty()
                && config.cluster().nats().credentials().isEmpty()) {
            warn(
                    "nats-without-sign-in",
                    "whoever reaches NATS can publish events and speak as a replica: let it ask for a user",
                    "switchboard.cluster.nats.user");
        }
        if (config.cluster().stream().replicas() == 1) {
            warn(
                    "one-stream-replica",
                    "events that were accepted are lost with the disk of one NATS server: run three, and set 3",
                    "switchboard.cluster.stream.replicas");
        }
        if (config.services().actorKeyLocation().isEmpty()) {
            warn(
                    "own-actor-key-in-cluster",
                    "each replica signs actors' tokens with a key of its own, which services would have to fetch from each:"
                            + " give all the same",
                    "switchboard.services.actor-key-location");
        }
    }

    private void drain() {
        if (!config.drain().window().isZero() && config.drain().gracePeriod().isEmpty()) {
            add(
                    "unknown-grace-period",
                    Severity.NOTE,
                    "whether sessions have time to leave one after the other is not known: say how long the platform waits"
                            + " before it kills the process",
                    "switchboard.drain.window",
                    "switchboard.drain.grace-period");
        }
    }

    private Optional<Long> size(String setting) {
        return platform.apply(setting).flatMap(text -> {
            try {
                return Optional.of(new MemorySizeConverter().convert(text).asLongValue());
            } catch (IllegalArgumentException _) {
                // The platform says what is wrong with it.
                return Optional.empty();
            }
        });
    }

    private void warn(String id, String advice, String... settings) {
        add(id, Severity.WARNING, advice, settings);
    }

    private void add(String id, Severity severity, String advice, String... settings) {
        findings.add(new Finding(id, severity, List.of(settings), advice));
    }
}
