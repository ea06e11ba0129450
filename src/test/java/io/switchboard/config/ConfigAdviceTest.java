package io.switchboard.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigAdviceTest {
    private static final long HEAP = 1L << 30;

    /** A platform about which there is nothing to say. */
    private static final Map<String, String> SAFE = Map.ofEntries(
            Map.entry("mp.jwt.verify.issuer", "https://id.example.org"),
            Map.entry("mp.jwt.verify.audiences", "switchboard"),
            Map.entry("mp.jwt.verify.publickey.location", "https://id.example.org/jwks"),
            Map.entry("quarkus.http.port", "5050"),
            Map.entry("quarkus.http.tls-configuration-name", "front"),
            Map.entry("quarkus.management.port", "9000"),
            Map.entry("quarkus.http.limits.max-body-size", "10M"),
            Map.entry("quarkus.http.limits.max-initial-line-length", "16384"),
            Map.entry("switchboard.management.own-port", "true"),
            Map.entry("switchboard.auth.api-audience", "switchboard-api"));

    private static List<Finding> findings(Map<String, String> changes) {
        Map<String, String> settings = new HashMap<>(SAFE);
        settings.putAll(changes);
        settings.values().removeIf(String::isEmpty);
        SwitchboardConfig config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .addDiscoveredConverters()
                .withMapping(SwitchboardConfig.class)
                .withSources(new PropertiesConfigSource(settings, "test", 100))
                .build()
                .getConfigMapping(SwitchboardConfig.class);
        return ConfigAdvice.of(config, name -> Optional.ofNullable(settings.get(name)), HEAP);
    }

    @Test
    void aSafeConfigurationNeedsNoAdvice() {
        assertThat(findings(Map.of())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "no-issuer, WARNING, mp.jwt.verify.issuer, ''",
        "no-audience, WARNING, mp.jwt.verify.audiences, ''",
        "keys-without-tls, WARNING, mp.jwt.verify.publickey.location, http://id.example.org/jwks",
        "shared-secret, WARNING, smallrye.jwt.verify.secretkey, 01234567890123456789012345678901",
        "long-clock-skew, WARNING, switchboard.auth.clock-skew, 6m",
        "no-api-audience, WARNING, switchboard.auth.api-audience, ''",
        "no-token-lifetime, WARNING, switchboard.auth.token-lifetime, 0s",
        "no-sign-in-timeout, WARNING, switchboard.auth.timeout, 0s",
        "every-origin, WARNING, switchboard.origins, *",
        "unlimited, WARNING, switchboard.limits.connections, 0",
        "unlimited, WARNING, switchboard.limits.message-size, 0",
        "unlimited, WARNING, switchboard.limits.outbound-bytes, 0",
        "unlimited, WARNING, switchboard.limits.outbound-bytes-total, 0",
        "unlimited, WARNING, switchboard.limits.event-size, 0",
        "unlimited, WARNING, switchboard.log.queue-bytes, 0",
        "unlimited, WARNING, switchboard.ingress.idempotency-keys, 0",
        "unlimited, WARNING, switchboard.services.request-size, 0",
        "unlimited, WARNING, switchboard.openflow.command-size, 0",
        "unlimited, WARNING, switchboard.services.answer-size, 0",
        "unlimited, WARNING, switchboard.services.calls, 0",
        "unlimited, WARNING, switchboard.services.session-events.queue-bytes, 0",
        "unlimited, WARNING, switchboard.storage.queue-commands, 0",
        "unlimited, WARNING, switchboard.storage.queue-bytes, 0",
        "client-above-total, WARNING, switchboard.limits.outbound-bytes, 300M",
        "event-above-client, WARNING, switchboard.limits.outbound-bytes, 512K",
        "event-above-body, WARNING, quarkus.http.limits.max-body-size, 512K",
        "bounds-above-memory, WARNING, switchboard.limits.outbound-bytes-total, 1G",
        "held-events-above-log, WARNING, switchboard.tree.held-events, 200000",
        "held-bytes-above-log, WARNING, switchboard.tree.held-bytes, 65M",
        "unlimited, WARNING, switchboard.log.kept-bytes, 0",
        "bounds-above-memory, WARNING, switchboard.log.kept-bytes, 1G",
        "publish-anywhere, WARNING, switchboard.rules.publish, **",
        "short-request-line, WARNING, quarkus.http.limits.max-initial-line-length, 4096",
        "unknown-grace-period, NOTE, switchboard.drain.window, 20s",
        "same-port, ERROR, quarkus.management.port, 5050",
        "shared-management-port, NOTE, switchboard.management.own-port, false",
        "no-tls, NOTE, quarkus.http.tls-configuration-name, ''"
    })
    void whatIsUnsafeIsNamed(String id, Finding.Severity severity, String setting, String value) {
        assertThat(findings(Map.of(setting, value))).singleElement().satisfies(finding -> {
            assertThat(finding.id()).isEqualTo(id);
            assertThat(finding.severity()).isEqualTo(severity);
            assertThat(finding.advice()).contains(": ").doesNotContain("\n").doesNotContain("0123456789");
            assertThat(id.equals("no-tls") || finding.settings().contains(setting))
                    .isTrue();
        });
    }

    @Test
    void servicesOverPlainHttpAndWithAKeyOfTheMomentAreNamed() {
        Map<String, String> plain = Map.of(
                "switchboard.services.http.orders.url", "http://orders.internal",
                "switchboard.services.http.orders.name", "orders.*",
                "switchboard.services.actor-key-location", "/keys/actor.pem");
        Map<String, String> keyless = Map.of(
                "switchboard.services.http.orders.url", "https://orders.internal",
                "switchboard.services.http.orders.name", "orders.*");

        assertThat(findings(plain)).extracting(Finding::id).containsExactly("services-without-tls");
        assertThat(findings(keyless)).extracting(Finding::id).containsExactly("own-actor-key");
    }

    @Test
    void aClusterThatIsOpenOrLosesItsLogIsNamed() {
        Map<String, String> open = Map.of("switchboard.cluster.nats.servers", "nats://a:4222");
        Map<String, String> closed = Map.of(
                "switchboard.cluster.nats.servers", "tls://a:4222,tls://b:4222",
                "switchboard.cluster.nats.credentials", "/run/nats.creds",
                "switchboard.cluster.stream.replicas", "3",
                "switchboard.services.actor-key-location", "/keys/actor.pem");

        assertThat(findings(open))
                .extracting(Finding::id)
                .containsExactly(
                        "nats-without-tls", "nats-without-sign-in", "one-stream-replica", "own-actor-key-in-cluster");
        assertThat(findings(closed)).isEmpty();
    }

    @Test
    void aQueueThatIsTooSmallForOneEventIsTooSmallForWhatIsHeld() {
        assertThat(findings(Map.of("switchboard.log.queue-bytes", "512K")))
                .extracting(Finding::id)
                .containsExactly("event-above-log", "held-bytes-above-log");
    }

    @Test
    void errorsEndTheStartAndAreAllNamed() {
        List<Finding> errors = List.of(
                new Finding("first", Finding.Severity.ERROR, List.of("a.b"), "do this"),
                new Finding("second", Finding.Severity.ERROR, List.of("c.d"), "do that"));

        assertThatThrownBy(() -> ConfigChecks.report(errors))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("check=first settings=a.b: do this")
                .hasMessageContaining("check=second settings=c.d: do that");
        assertThatCode(() -> ConfigChecks.report(findings(Map.of("switchboard.origins", "*"))))
                .doesNotThrowAnyException();
    }

    @Test
    void everyCheckIsDocumented() throws IOException {
        Set<String> documented = Pattern.compile("(?m)^\\| `([a-z-]+)` \\| (?:warning|note|error) \\|")
                .matcher(Files.readString(Path.of("docs/operations.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> inSource = Pattern.compile("\"([a-z]+(?:-[a-z]+)+|unlimited)\",")
                .matcher(Files.readString(Path.of("src/main/java/io/switchboard/config/ConfigAdvice.java")))
                .results()
                .map(id -> id.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).isEqualTo(inSource);
    }
}
