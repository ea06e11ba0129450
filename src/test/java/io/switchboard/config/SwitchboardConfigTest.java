package io.switchboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SwitchboardConfigTest {
    private static SwitchboardConfig config(Map<String, String> settings) {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(SwitchboardConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(SwitchboardConfig.class);
    }

    private static Arguments setting(
            String name, Function<SwitchboardConfig, Object> reader, Object byDefault, String value, Object expected) {
        return Arguments.of(name, reader, byDefault, value, expected);
    }

    private static Function<SwitchboardConfig, Object> reading(Function<SwitchboardConfig, Object> reader) {
        return reader;
    }

    static Stream<Arguments> settings() {
        return Stream.of(
                setting("auth.timeout", reading(c -> c.auth().timeout()), s(30), "5s", s(5)),
                setting(
                        "auth.claims.username",
                        reading(c -> c.auth().claims().username()),
                        List.of("name", "preferred_username", "upn", "sub"),
                        "login,a/b",
                        List.of("login", "a/b")),
                setting(
                        "auth.claims.profile",
                        reading(c -> c.auth().claims().profile()),
                        List.of("profile"),
                        "kind",
                        List.of("kind")),
                setting(
                        "auth.claims.roles",
                        reading(c -> c.auth().claims().roles()),
                        List.of("roles", "groups"),
                        "realm_access/roles",
                        List.of("realm_access/roles")),
                setting(
                        "auth.claims.workspaces",
                        reading(c -> c.auth().claims().workspaces()),
                        List.of("workspaces"),
                        "spaces",
                        List.of("spaces")),
                setting(
                        "auth.publishers.files",
                        reading(c -> c.auth().publishers()),
                        Map.of(),
                        "tree,meta",
                        Map.of("files", List.of("tree", "meta"))),
                setting(
                        "auth.algorithms",
                        reading(c -> c.auth().algorithms()),
                        List.of(
                                "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
                                "EdDSA"),
                        "ES256",
                        List.of("ES256")),
                setting("auth.clock-skew", reading(c -> c.auth().clockSkew()), s(0), "3s", s(3)),
                setting("auth.jwks-refresh", reading(c -> c.auth().jwksRefresh()), s(600), "1h", s(3600)),
                setting(
                        "auth.jwks-refresh-on-unknown-key",
                        reading(c -> c.auth().jwksRefreshOnUnknownKey()),
                        s(5),
                        "500ms",
                        Duration.ofMillis(500)),
                setting("auth.token-lifetime", reading(c -> c.auth().tokenLifetime()), s(7 * 86_400), "1h", s(3600)),
                setting(
                        "auth.api-audience",
                        reading(c -> c.auth().apiAudience()),
                        Optional.empty(),
                        "operators",
                        Optional.of("operators")),
                setting("auth.admin-role", reading(c -> c.auth().adminRole()), "admin", "operator", "operator"),
                setting("auth.on-idm", reading(c -> c.auth().onIdm()), OnIdm.SIGNAL, "withdraw", OnIdm.WITHDRAW),
                setting("limits.revocations", reading(c -> c.limits().revocations()), 100_000, "7", 7),
                setting(
                        "origins",
                        reading(SwitchboardConfig::origins),
                        Optional.empty(),
                        "https://a.example,https://b.example",
                        Optional.of(List.of("https://a.example", "https://b.example"))),
                setting("origin-required", reading(SwitchboardConfig::originRequired), false, "true", true),
                setting(
                        "detect.authorization-header",
                        reading(c -> c.detect().authorizationHeader()),
                        true,
                        "false",
                        false),
                setting("limits.connections", reading(c -> c.limits().connections()), 100_000, "7", 7),
                setting(
                        "services.request-size",
                        reading(c -> c.services().requestSize().asLongValue()),
                        1L << 20,
                        "7",
                        7L),
                setting(
                        "services.answer-size",
                        reading(c -> c.services().answerSize().asLongValue()),
                        262_144L,
                        "7",
                        7L),
                setting("services.timeout", reading(c -> c.services().timeout()), s(10), "3s", s(3)),
                setting("services.calls", reading(c -> c.services().calls()), 1_000, "7", 7),
                setting(
                        "services.actor-key-location",
                        reading(c -> c.services().actorKeyLocation()),
                        Optional.empty(),
                        "/a.pem",
                        Optional.of("/a.pem")),
                setting(
                        "services.breaker.calls",
                        reading(c -> c.services().breaker().calls()),
                        20,
                        "7",
                        7),
                setting(
                        "services.breaker.failure-ratio",
                        reading(c -> c.services().breaker().failureRatio()),
                        0.5,
                        "0.7",
                        0.7),
                setting(
                        "services.breaker.pause",
                        reading(c -> c.services().breaker().pause()),
                        s(5),
                        "3s",
                        s(3)),
                setting(
                        "services.nats.enabled",
                        reading(c -> c.services().nats().enabled()),
                        true,
                        "false",
                        false),
                setting(
                        "services.nats.timeout",
                        reading(c -> c.services().nats().timeout()),
                        Optional.empty(),
                        "3s",
                        Optional.of(s(3))),
                setting(
                        "services.session-events.queue-events",
                        reading(c -> c.services().sessionEvents().queueEvents()),
                        10_000,
                        "7",
                        7),
                setting(
                        "services.session-events.queue-bytes",
                        reading(c -> c.services().sessionEvents().queueBytes().asLongValue()),
                        8L << 20,
                        "7",
                        7L),
                setting(
                        "services.session-events.attempts",
                        reading(c -> c.services().sessionEvents().attempts()),
                        6,
                        "7",
                        7),
                setting(
                        "services.session-events.pause",
                        reading(c -> c.services().sessionEvents().pause()),
                        Duration.ofMillis(200),
                        "3s",
                        s(3)),
                setting(
                        "services.session-events.longest-pause",
                        reading(c -> c.services().sessionEvents().longestPause()),
                        s(10),
                        "3s",
                        s(3)),
                setting(
                        "limits.connections-unauthenticated",
                        reading(c -> c.limits().connectionsUnauthenticated()),
                        10_000,
                        "7",
                        7),
                setting(
                        "proxy.trusted",
                        reading(c -> c.proxy().trusted()),
                        Optional.empty(),
                        "10.0.0.0/8,::1",
                        Optional.of(List.of("10.0.0.0/8", "::1"))),
                setting("limits.frame-size", reading(c -> c.limits().frameSize().asLongValue()), 65_536L, "1K", 1024L),
                setting("limits.fragments-per-message", reading(c -> c.limits().fragmentsPerMessage()), 1024, "7", 7),
                setting("limits.messages-per-second", reading(c -> c.limits().messagesPerSecond()), 200, "7", 7),
                setting("limits.messages-burst", reading(c -> c.limits().messagesBurst()), 1000, "7", 7),
                setting("limits.errors-in-a-row", reading(c -> c.limits().errorsInARow()), 10, "7", 7),
                setting(
                        "limits.rates.broadcast.per-session",
                        reading(c -> c.limits().rates().broadcast().perSession()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.rates.broadcast.per-user",
                        reading(c -> c.limits().rates().broadcast().perUser()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.rates.broadcast.burst",
                        reading(c -> c.limits().rates().broadcast().burst()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.rates.direct.per-session",
                        reading(c -> c.limits().rates().direct().perSession()),
                        50,
                        "7",
                        7),
                setting(
                        "limits.rates.direct.per-user",
                        reading(c -> c.limits().rates().direct().perUser()),
                        100,
                        "7",
                        7),
                setting(
                        "limits.rates.direct.burst",
                        reading(c -> c.limits().rates().direct().burst()),
                        500,
                        "7",
                        7),
                setting(
                        "limits.rates.subscribe.per-session",
                        reading(c -> c.limits().rates().subscribe().perSession()),
                        100,
                        "7",
                        7),
                setting(
                        "limits.rates.subscribe.per-user",
                        reading(c -> c.limits().rates().subscribe().perUser()),
                        500,
                        "7",
                        7),
                setting(
                        "limits.rates.subscribe.burst",
                        reading(c -> c.limits().rates().subscribe().burst()),
                        2000,
                        "7",
                        7),
                setting(
                        "limits.rates.history.per-session",
                        reading(c -> c.limits().rates().history().perSession()),
                        50,
                        "7",
                        7),
                setting(
                        "limits.rates.history.per-user",
                        reading(c -> c.limits().rates().history().perUser()),
                        100,
                        "7",
                        7),
                setting(
                        "limits.rates.history.burst",
                        reading(c -> c.limits().rates().history().burst()),
                        1000,
                        "7",
                        7),
                setting(
                        "limits.rates.presence.per-session",
                        reading(c -> c.limits().rates().presence().perSession()),
                        20,
                        "7",
                        7),
                setting(
                        "limits.rates.presence.per-user",
                        reading(c -> c.limits().rates().presence().perUser()),
                        50,
                        "7",
                        7),
                setting(
                        "limits.rates.presence.burst",
                        reading(c -> c.limits().rates().presence().burst()),
                        200,
                        "7",
                        7),
                setting(
                        "limits.rates.call.per-session",
                        reading(c -> c.limits().rates().call().perSession()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.rates.call.per-user",
                        reading(c -> c.limits().rates().call().perUser()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.rates.call.burst",
                        reading(c -> c.limits().rates().call().burst()),
                        0,
                        "7",
                        7),
                setting(
                        "rules.priority",
                        reading(c -> c.rules().priority()),
                        Optional.empty(),
                        "chat.a",
                        Optional.of(List.of("chat.a"))),
                setting(
                        "rules.deny-priority",
                        reading(c -> c.rules().denyPriority()),
                        Optional.empty(),
                        "chat.a",
                        Optional.of(List.of("chat.a"))),
                setting("limits.request-timeout", reading(c -> c.limits().requestTimeout()), s(30), "5s", s(5)),
                setting("liveness.ping-interval", reading(c -> c.liveness().pingInterval()), s(30), "5s", s(5)),
                setting("liveness.missed-pongs", reading(c -> c.liveness().missedPongs()), 2, "7", 7),
                setting("sockjs.disconnect-delay", reading(c -> c.sockjs().disconnectDelay()), s(5), "3s", s(3)),
                setting("sockjs.heartbeat", reading(c -> c.sockjs().heartbeat()), s(25), "3s", s(3)),
                setting("limits.connections-per-user", reading(c -> c.limits().connectionsPerUser()), 0, "7", 7),
                setting(
                        "limits.connections-per-address",
                        reading(c -> c.limits().connectionsPerAddress()),
                        0,
                        "7",
                        7),
                setting(
                        "limits.message-size",
                        reading(c -> c.limits().messageSize().asLongValue()),
                        65_536L,
                        "1K",
                        1024L),
                setting(
                        "limits.outbound-bytes",
                        reading(c -> c.limits().outboundBytes().asLongValue()),
                        1L << 20,
                        "0",
                        0L),
                setting(
                        "limits.outbound-bytes-total",
                        reading(c -> c.limits().outboundBytesTotal().asLongValue()),
                        256L << 20,
                        "3G",
                        3L << 30),
                setting("limits.event-size", reading(c -> c.limits().eventSize().asLongValue()), 1L << 20, "123", 123L),
                setting("limits.events-per-request", reading(c -> c.limits().eventsPerRequest()), 1000, "7", 7),
                setting("limits.events-per-second", reading(c -> c.limits().eventsPerSecond()), 100, "7", 7),
                setting("tree.quiet-window", reading(c -> c.tree().quietWindow()), s(1), "0s", s(0)),
                setting("tree.max-hold", reading(c -> c.tree().maxHold()), s(5), "1m", s(60)),
                setting("tree.leading-edge", reading(c -> c.tree().leadingEdge()), false, "true", true),
                setting("tree.held-events", reading(c -> c.tree().heldEvents()), 10_000, "7", 7),
                setting("tree.held-bytes", reading(c -> c.tree().heldBytes().asLongValue()), 16L << 20, "1K", 1024L),
                setting("tree.lookups", reading(c -> c.tree().lookups()), 1000, "7", 7),
                setting("tree.lookup-timeout", reading(c -> c.tree().lookupTimeout()), s(2), "1m", s(60)),
                setting("log.queue-bytes", reading(c -> c.log().queueBytes().asLongValue()), 64L << 20, "1M", 1L << 20),
                setting("log.queue-events", reading(c -> c.log().queueEvents()), 100_000, "7", 7),
                setting(
                        "ingress.idempotency-window",
                        reading(c -> c.ingress().idempotencyWindow()),
                        s(600),
                        "1m",
                        s(60)),
                setting("ingress.idempotency-keys", reading(c -> c.ingress().idempotencyKeys()), 100_000, "7", 7),
                setting("drain.window", reading(c -> c.drain().window()), s(0), "20s", s(20)),
                setting(
                        "drain.grace-period",
                        reading(c -> c.drain().gracePeriod()),
                        Optional.empty(),
                        "55s",
                        Optional.of(s(55))),
                setting(
                        "cluster.nats.servers",
                        reading(c -> c.cluster().nats().servers()),
                        Optional.empty(),
                        "tls://a:4222,tls://b:4222",
                        Optional.of(List.of("tls://a:4222", "tls://b:4222"))),
                setting(
                        "cluster.nats.user",
                        reading(c -> c.cluster().nats().user()),
                        Optional.empty(),
                        "a",
                        Optional.of("a")),
                setting(
                        "cluster.nats.password",
                        reading(c -> c.cluster().nats().password()),
                        Optional.empty(),
                        "b",
                        Optional.of("b")),
                setting(
                        "cluster.nats.credentials",
                        reading(c -> c.cluster().nats().credentials()),
                        Optional.empty(),
                        "/run/nats.creds",
                        Optional.of("/run/nats.creds")),
                setting(
                        "cluster.nats.tls-configuration",
                        reading(c -> c.cluster().nats().tlsConfiguration()),
                        Optional.empty(),
                        "nats",
                        Optional.of("nats")),
                setting(
                        "cluster.nats.connect-timeout",
                        reading(c -> c.cluster().nats().connectTimeout()),
                        s(30),
                        "1m",
                        s(60)),
                setting("cluster.prefix", reading(c -> c.cluster().prefix()), "switchboard", "a-1", "a-1"),
                setting("cluster.lease", reading(c -> c.cluster().lease()), s(5), "9s", s(9)),
                setting(
                        "cluster.count-patience",
                        reading(c -> c.cluster().countPatience()),
                        Duration.ofMillis(250),
                        "1s",
                        s(1)),
                setting(
                        "cluster.stream.replicas",
                        reading(c -> c.cluster().stream().replicas()),
                        1,
                        "3",
                        3),
                setting(
                        "cluster.stream.bytes",
                        reading(c -> c.cluster().stream().bytes().asLongValue()),
                        1L << 30,
                        "1M",
                        1L << 20),
                setting(
                        "cluster.stream.age",
                        reading(c -> c.cluster().stream().age()),
                        Duration.ofHours(24),
                        "1h",
                        Duration.ofHours(1)),
                setting(
                        "cluster.stream.duplicate-window",
                        reading(c -> c.cluster().stream().duplicateWindow()),
                        s(120),
                        "9s",
                        s(9)),
                setting("health.stuck-loop", reading(c -> c.health().stuckLoop()), s(10), "0s", s(0)),
                setting("health.log-full", reading(c -> c.health().logFull()), s(10), "1m", s(60)),
                setting("management.own-port", reading(c -> c.management().ownPort()), false, "true", true),
                setting("dev.folder", reading(c -> c.dev().folder()), Optional.empty(), "/x", Optional.of("/x")),
                setting(
                        "storage.kind",
                        reading(c -> c.storage().kind()),
                        StorageKind.SQLITE,
                        "postgresql",
                        StorageKind.POSTGRESQL),
                setting(
                        "storage.url",
                        reading(c -> c.storage().url()),
                        Optional.empty(),
                        "jdbc:sqlite:/data/a.db",
                        Optional.of("jdbc:sqlite:/data/a.db")),
                setting(
                        "storage.username",
                        reading(c -> c.storage().username()),
                        Optional.empty(),
                        "a",
                        Optional.of("a")),
                setting(
                        "storage.password",
                        reading(c -> c.storage().password()),
                        Optional.empty(),
                        "b",
                        Optional.of("b")),
                setting("storage.queue-commands", reading(c -> c.storage().queueCommands()), 10_000, "7", 7),
                setting(
                        "storage.queue-bytes",
                        reading(c -> c.storage().queueBytes().asLongValue()),
                        32L << 20,
                        "7",
                        7L),
                setting("storage.readers", reading(c -> c.storage().readers()), 2, "7", 7),
                setting("storage.timeout", reading(c -> c.storage().timeout()), s(10), "3s", s(3)),
                setting(
                        "flamigo.sign-in",
                        reading(c -> c.flamigo().signIn()),
                        SignInBy.TOKEN,
                        "service",
                        SignInBy.SERVICE),
                setting("chat.keep-messages", reading(c -> c.chat().keepMessages()), 0, "7", 7),
                setting("chat.keep-age", reading(c -> c.chat().keepAge()), s(0), "1h", s(3600)),
                setting("mailbox.messages-per-user", reading(c -> c.mailbox().messagesPerUser()), 1_000, "7", 7),
                setting(
                        "mailbox.bytes-per-user",
                        reading(c -> c.mailbox().bytesPerUser().asLongValue()),
                        1L << 20,
                        "7",
                        7L),
                setting(
                        "mailbox.messages-per-sender-and-user",
                        reading(c -> c.mailbox().messagesPerSenderAndUser()),
                        100,
                        "7",
                        7),
                setting("mailbox.messages-per-sender", reading(c -> c.mailbox().messagesPerSender()), 1_000, "7", 7),
                setting(
                        "mailbox.messages-of-strangers",
                        reading(c -> c.mailbox().messagesOfStrangers()),
                        1_000,
                        "7",
                        7),
                setting("mailbox.time-to-live", reading(c -> c.mailbox().timeToLive()), s(7 * 86_400), "3s", s(3)),
                setting("queues.messages-per-queue", reading(c -> c.queues().messagesPerQueue()), 100_000, "7", 7),
                setting(
                        "queues.bytes-per-queue",
                        reading(c -> c.queues().bytesPerQueue().asLongValue()),
                        256L << 20,
                        "7",
                        7L),
                setting("queues.queues-per-user", reading(c -> c.queues().queuesPerUser()), 1_000, "7", 7),
                setting("queues.queues", reading(c -> c.queues().queues()), 100_000, "7", 7),
                setting("queues.exchanges", reading(c -> c.queues().exchanges()), 10_000, "7", 7),
                setting("queues.bindings-per-exchange", reading(c -> c.queues().bindingsPerExchange()), 10_000, "7", 7),
                setting("queues.deliveries", reading(c -> c.queues().deliveries()), 5, "7", 7),
                setting("queues.redelivery-delay", reading(c -> c.queues().redeliveryDelay()), s(1), "3s", s(3)),
                setting("queues.answer-timeout", reading(c -> c.queues().answerTimeout()), s(1_800), "3s", s(3)),
                setting(
                        "queues.keep-dead-letters",
                        reading(c -> c.queues().keepDeadLetters()),
                        s(7 * 86_400),
                        "3s",
                        s(3)),
                setting("queues.keep-unused", reading(c -> c.queues().keepUnused()), s(3_600), "3s", s(3)),
                setting("openflow.package-size", reading(c -> c.openflow().packageSize()), 10_000, "7", 7),
                setting(
                        "openflow.command-size",
                        reading(c -> c.openflow().commandSize().asLongValue()),
                        4L << 20,
                        "7",
                        7L),
                setting("openflow.open-commands", reading(c -> c.openflow().openCommands()), 100, "7", 7),
                setting("openflow.open-for", reading(c -> c.openflow().openFor()), s(60), "3s", s(3)),
                setting("openflow.ping-interval", reading(c -> c.openflow().pingInterval()), s(20), "3s", s(3)),
                setting("openflow.expiration", reading(c -> c.openflow().expiration()), s(60), "3s", s(3)),
                setting("openflow.refresh-interval", reading(c -> c.openflow().refreshInterval()), s(600), "3s", s(3)),
                setting(
                        "openflow.consume-delay",
                        reading(c -> c.openflow().consumeDelay()),
                        Duration.ofMillis(50),
                        "3s",
                        s(3)),
                setting(
                        "openflow.open-per-connection",
                        reading(c -> c.openflow().openPerConnection()),
                        1,
                        "7",
                        7),
                setting("limits.sign-ins-per-address", reading(c -> c.limits().signInsPerAddress()), 120, "7", 7),
                setting("limits.sign-ins-per-name", reading(c -> c.limits().signInsPerName()), 10, "7", 7),
                setting("rules.produce", reading(c -> c.rules().produce()), List.of("**"), "a,b", List.of("a", "b")),
                setting("dev.home", reading(c -> c.dev().home()), ".dev", "/x", "/x"));
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    @ParameterizedTest(name = "switchboard.{0}")
    @MethodSource("settings")
    void everySettingHasItsDefaultAndCanBeSet(
            String name, Function<SwitchboardConfig, Object> reader, Object byDefault, String value, Object expected) {
        assertThat(reader.apply(config(Map.of()))).isEqualTo(byDefault);
        assertThat(reader.apply(config(Map.of("switchboard." + name, value)))).isEqualTo(expected);
    }

    @Test
    void theAlgorithmsOfTheStandardNameAreTheDefault() {
        assertThat(config(Map.of("mp.jwt.verify.publickey.algorithm", "ES256"))
                        .auth()
                        .algorithms())
                .containsExactly("ES256");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.nothing",
                "switchboard.auth.time-out",
                "switchboard.limits.message_size",
                "switchboard.limits.connections.per-user",
                "switchboard.originrequired"
            })
    void aSettingThatDoesNotExistEndsTheStart(String name) {
        assertThatThrownBy(() -> config(Map.of(name, "1"))).hasMessageContaining(name);
    }

    @Test
    void thePlatformsOwnForwardingEndsTheStart() {
        assertThatCode(() -> ConfigChecks.noForwarding(false)).doesNotThrowAnyException();
        assertThatThrownBy(() -> ConfigChecks.noForwarding(true))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("proxy-address-forwarding")
                .hasMessageContaining("switchboard.proxy.trusted");
    }

    @Test
    void deliveryIsConfiguredByName() {
        SwitchboardConfig config = config(Map.of(
                "switchboard.delivery.quotes.topics", "quotes.**,fx.*",
                "switchboard.delivery.quotes.policy", "latest",
                "switchboard.delivery.quotes.key", "/symbol",
                "switchboard.delivery.ticks.topics", "ticks",
                "switchboard.delivery.ticks.policy", "volatile"));

        assertThat(config.delivery()).containsOnlyKeys("quotes", "ticks");
        assertThat(config.delivery().get("quotes").topics()).containsExactly("quotes.**", "fx.*");
        assertThat(config.delivery().get("quotes").policy()).isEqualTo(DeliveryPolicy.LATEST);
        assertThat(config.delivery().get("quotes").key()).contains("/symbol");
        assertThat(config.delivery().get("ticks").policy()).isEqualTo(DeliveryPolicy.VOLATILE);
        assertThat(config.delivery().get("ticks").key()).isEmpty();
        assertThat(config(Map.of()).delivery()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"policy, newest, reliable", "policy, , required", "topics, , required"})
    void aDeliveryThatCannotBeMeantEndsTheStart(String name, String value, String said) {
        Map<String, String> settings = new java.util.HashMap<>(
                Map.of("switchboard.delivery.x.topics", "a", "switchboard.delivery.x.policy", "latest"));
        if (value == null) {
            settings.remove("switchboard.delivery.x." + name);
        } else {
            settings.put("switchboard.delivery.x." + name, value);
        }

        assertThatThrownBy(() -> config(settings))
                .hasMessageContaining("switchboard.delivery.x." + name)
                .hasMessageContaining(said);
    }

    @Test
    void theDefaultsPassTheChecks() {
        assertThatCode(() -> ConfigChecks.check(config(Map.of()))).doesNotThrowAnyException();
    }

    @Test
    void zeroPassesTheChecks() {
        assertThatCode(() -> ConfigChecks.check(config(Map.of(
                        "switchboard.auth.timeout", "0s",
                        "switchboard.limits.connections", "0",
                        "switchboard.limits.message-size", "0",
                        "switchboard.ingress.idempotency-window", "0s",
                        "switchboard.ingress.idempotency-keys", "0"))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard.cluster.lease, 500ms",
        "switchboard.cluster.count-patience, 0s",
        "switchboard.cluster.nats.connect-timeout, 0s",
        "switchboard.cluster.stream.age, 0s",
        "switchboard.cluster.stream.age, 1m",
        "switchboard.cluster.stream.duplicate-window, 0s",
        "switchboard.cluster.stream.replicas, 2",
        "switchboard.cluster.prefix, a.b",
        "switchboard.cluster.nats.user, alone",
        "switchboard.cluster.nats.servers, nats://127.0.0.1:4222",
    })
    void aClusterThatCannotBeIsRefused(String setting, String value) {
        assertThatThrownBy(() -> ConfigChecks.check(config(Map.of(setting, value))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(setting);
    }

    @Test
    void replicasShareADatabase() {
        assertThatCode(() -> ConfigChecks.check(config(Map.of(
                        "switchboard.cluster.nats.servers",
                        "tls://nats:4222",
                        "switchboard.storage.kind",
                        "postgresql",
                        "switchboard.storage.url",
                        "jdbc:postgresql://db/switchboard"))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.limits.connections",
                "switchboard.limits.connections-unauthenticated",
                "switchboard.limits.fragments-per-message",
                "switchboard.limits.messages-per-second",
                "switchboard.limits.messages-burst",
                "switchboard.limits.errors-in-a-row",
                "switchboard.limits.rates.broadcast.per-session",
                "switchboard.limits.rates.direct.per-user",
                "switchboard.limits.rates.call.burst",
                "switchboard.liveness.missed-pongs",
                "switchboard.limits.connections-per-user",
                "switchboard.limits.connections-per-address",
                "switchboard.limits.events-per-request",
                "switchboard.limits.events-per-second",
                "switchboard.tree.held-events",
                "switchboard.tree.lookups",
                "switchboard.limits.revocations",
                "switchboard.log.queue-events",
                "switchboard.services.calls",
                "switchboard.services.breaker.calls",
                "switchboard.services.session-events.queue-events",
                "switchboard.storage.queue-commands",
                "switchboard.chat.keep-messages",
                "switchboard.mailbox.messages-per-user",
                "switchboard.mailbox.messages-per-sender-and-user",
                "switchboard.mailbox.messages-per-sender",
                "switchboard.mailbox.messages-of-strangers",
                "switchboard.queues.messages-per-queue",
                "switchboard.queues.queues-per-user",
                "switchboard.queues.queues",
                "switchboard.queues.exchanges",
                "switchboard.queues.bindings-per-exchange",
                "switchboard.queues.deliveries",
                "switchboard.openflow.open-commands",
                "switchboard.limits.sign-ins-per-address",
                "switchboard.limits.sign-ins-per-name",
                "switchboard.ingress.idempotency-keys"
            })
    void aNegativeNumberEndsTheStart(String name) {
        SwitchboardConfig config = config(Map.of(name, "-1"));

        assertThatThrownBy(() -> ConfigChecks.check(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(name + " must not be negative.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.auth.timeout",
                "switchboard.limits.request-timeout",
                "switchboard.liveness.ping-interval",
                "switchboard.openflow.ping-interval",
                "switchboard.openflow.refresh-interval",
                "switchboard.openflow.consume-delay",
                "switchboard.queues.redelivery-delay",
                "switchboard.queues.answer-timeout",
                "switchboard.queues.keep-dead-letters",
                "switchboard.queues.keep-unused",
                "switchboard.auth.clock-skew",
                "switchboard.auth.token-lifetime",
                "switchboard.auth.jwks-refresh",
                "switchboard.auth.jwks-refresh-on-unknown-key",
                "switchboard.tree.quiet-window",
                "switchboard.tree.max-hold",
                "switchboard.tree.lookup-timeout",
                "switchboard.health.stuck-loop",
                "switchboard.health.log-full",
                "switchboard.services.breaker.pause",
                "switchboard.services.session-events.pause",
                "switchboard.services.session-events.longest-pause",
                "switchboard.chat.keep-age",
                "switchboard.ingress.idempotency-window"
            })
    void aNegativeDurationEndsTheStart(String name) {
        SwitchboardConfig config = config(Map.of(name, "PT-0.001S"));

        assertThatThrownBy(() -> ConfigChecks.check(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(name + " must not be negative.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "switchboard.limits.message-size",
                "switchboard.limits.frame-size",
                "switchboard.limits.outbound-bytes",
                "switchboard.limits.outbound-bytes-total",
                "switchboard.limits.event-size",
                "switchboard.tree.held-bytes",
                "switchboard.services.request-size",
                "switchboard.services.answer-size",
                "switchboard.services.session-events.queue-bytes",
                "switchboard.storage.queue-bytes",
                "switchboard.mailbox.bytes-per-user",
                "switchboard.queues.bytes-per-queue",
                "switchboard.openflow.command-size",
                "switchboard.log.queue-bytes"
            })
    void aNegativeSizeEndsTheStart(String name) {
        assertThatThrownBy(() -> config(Map.of(name, "-1"))).hasMessageContaining(name);
        assertThatThrownBy(() -> config(Map.of(name, "-1K"))).hasMessageContaining(name);
    }

    @ParameterizedTest
    @CsvSource({
        "switchboard.services.timeout, 0s",
        "switchboard.services.timeout, PT-1S",
        "switchboard.services.http.orders.timeout, 0s",
        "switchboard.services.nats.timeout, 0s",
        "switchboard.services.breaker.failure-ratio, 1.1",
        "switchboard.services.breaker.failure-ratio, -0.1",
        "switchboard.services.breaker.failure-ratio, NaN",
        "switchboard.services.session-events.attempts, 0",
        "switchboard.storage.readers, 0",
        "switchboard.storage.timeout, 0s",
        "switchboard.mailbox.time-to-live, 0s",
        "switchboard.openflow.open-for, 0s",
        "switchboard.openflow.expiration, 0s",
        "switchboard.openflow.open-per-connection, 0",
        "switchboard.openflow.package-size, 0",
        "switchboard.openflow.package-size, 21505",
        "switchboard.drain.window, PT-0.001S",
        "switchboard.drain.window, 3601s",
        "switchboard.drain.grace-period, 19s",
        "switchboard.sockjs.disconnect-delay, 0s",
        "switchboard.sockjs.heartbeat, 0s"
    })
    void aServiceThatMayTakeForEverOrNeverFailsEndsTheStart(String name, String value) {
        SwitchboardConfig config = config(Map.of("switchboard.services.http.orders.url", "https://a", name, value));

        assertThatThrownBy(() -> ConfigChecks.check(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(name + " must be ");
    }

    /** A process that is killed on its way out would cut off whom it promised a moment. */
    @ParameterizedTest
    @CsvSource({
        "0s, 20s, 0s, ''",
        "20s, 40s, 0s, ''",
        "20s, 39999ms, 0s, must be 40 s or longer",
        "20s, 49s, 10s, must be 50 s or longer",
        "20s, 50s, 10s, ''",
        "1h, '', 10s, ''"
    })
    void aWindowFitsIntoTheGracePeriod(String window, String grace, String platform, String problem) {
        SwitchboardConfig.Drain drain = config(
                        Map.of("switchboard.drain.window", window, "switchboard.drain.grace-period", grace))
                .drain();
        Duration waits = new DurationConverter().convert(platform);

        if (problem.isEmpty()) {
            assertThatCode(() -> EndTimes.check(drain, waits)).doesNotThrowAnyException();
        } else {
            assertThatThrownBy(() -> EndTimes.check(drain, waits))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("switchboard.drain.grace-period " + problem);
        }
    }

    @Test
    void aServiceOverHttpHasItsSettings() {
        SwitchboardConfig.HttpService service = config(Map.of(
                        "switchboard.services.http.orders.url", "https://orders.internal/call",
                        "switchboard.services.http.orders.name", "orders.*",
                        "switchboard.services.http.orders.timeout", "3s",
                        "switchboard.services.http.orders.on", "session.opened,session.closed",
                        "switchboard.services.http.orders.enabled", "false"))
                .services()
                .http()
                .get("orders");

        assertThat(service.url()).isEqualTo("https://orders.internal/call");
        assertThat(service.name()).contains("orders.*");
        assertThat(service.timeout()).contains(s(3));
        assertThat(service.on()).contains(List.of("session.opened", "session.closed"));
        assertThat(service.enabled()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "sqlite, jdbc:sqlite:/data/switchboard.db",
        "sqlite, jdbc:sqlite:switchboard.db?cache=shared",
        "postgresql, jdbc:postgresql://db:5432/switchboard?sslmode=verify-full"
    })
    void aDatabaseIsNamedByAUrlOfItsKind(String kind, String url) {
        assertThatCode(() -> ConfigChecks.check(
                        config(Map.of("switchboard.storage.kind", kind, "switchboard.storage.url", url))))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "postgresql, '', is required with switchboard.storage.kind=postgresql",
        "postgresql, jdbc:sqlite:a.db, must begin with jdbc:postgresql:",
        "sqlite, jdbc:postgresql://db/a, must begin with jdbc:sqlite:",
        "sqlite, /data/switchboard.db, must begin with jdbc:sqlite:",
        "sqlite, jdbc:sqlite:, must name a file",
        "sqlite, jdbc:sqlite::memory:, must name a file",
        "sqlite, jdbc:sqlite:file:a?mode=memory, must name a file",
        "postgresql, jdbc:postgresql://db/a?user=b&Password=geheim, must not hold a password"
    })
    void aDatabaseThatIsNotNamedEndsTheStart(String kind, String url, String problem) {
        SwitchboardConfig config = config(Map.of("switchboard.storage.kind", kind, "switchboard.storage.url", url));

        assertThatThrownBy(() -> ConfigChecks.check(config))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("switchboard.storage.url " + problem)
                .hasMessageNotContaining("geheim");
    }
}
