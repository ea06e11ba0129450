package io.switchboard.metric;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.switchboard.dialect.DialectKind;
import io.switchboard.event.DropReason;
import io.switchboard.hub.Topic;
import io.switchboard.session.CloseCode;
import io.switchboard.session.Standing;
import io.switchboard.session.Thinning;
import java.lang.ref.WeakReference;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GatewayMetricsTest {
    private static final Standing WAITING = Standing.ALL.getFirst();

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final GatewayMetrics metrics = new GatewayMetrics(registry);

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private double functionCounter(String name, String... tags) {
        return registry.get(name).tags(tags).functionCounter().count();
    }

    private double counter(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    @Test
    @Timeout(60)
    void shouldKeepGaugesAfterACollection() {
        addGauge();
        metrics.opened();
        WeakReference<Object> canary = new WeakReference<>(new Object());
        do {
            System.gc();
        } while (canary.get() != null);

        assertThat(gauge("test.figure")).isEqualTo(42);
        metrics.entered(WAITING);
        assertThat(gauge("switchboard.sessions", "state", "waiting", "dialect", "unknown"))
                .isEqualTo(1);
        assertThat(gauge("switchboard.sessions", "state", "signed_in", "dialect", "cells"))
                .isZero();
        assertThat(metrics.openSessions()).isEqualTo(1);
    }

    /** Only the gauge knows what it reads. */
    private void addGauge() {
        AtomicLong figure = new AtomicLong(42);
        metrics.gauge("test.figure", "A figure", figure::get);
    }

    @Test
    void shouldCountWhatSessionsReport() {
        metrics.opened();
        metrics.opened();
        metrics.signedIn();
        metrics.signInRefused();
        metrics.delivered(Topic.Kind.TREE, 3);
        metrics.delivered(Topic.Kind.JOB, 1);
        metrics.published(Topic.Kind.TREE);
        metrics.refusedByGuard();
        metrics.refusedByCondition();
        metrics.thinned(Thinning.LAGGING);
        metrics.dropped(4);
        metrics.closing(CloseCode.SLOW_CONSUMER);

        assertThat(metrics.openSessions()).isEqualTo(2);
        assertThat(metrics.signedInSessions()).isEqualTo(1);
        assertThat(counter("switchboard.sign.ins", "outcome", "accepted")).isEqualTo(1);
        assertThat(counter("switchboard.sign.ins", "outcome", "refused")).isEqualTo(1);
        assertThat(functionCounter("switchboard.deliveries", "family", "tree")).isEqualTo(3);
        assertThat(functionCounter("switchboard.deliveries", "family", "job")).isEqualTo(1);
        assertThat(functionCounter("switchboard.publications", "family", "tree"))
                .isEqualTo(1);
        assertThat(counter("switchboard.deliveries.dropped", "reason", "guard")).isEqualTo(1);
        assertThat(counter("switchboard.deliveries.dropped", "reason", "claims_ended"))
                .isEqualTo(4);
        assertThat(counter("switchboard.deliveries.dropped", "reason", "policy"))
                .isEqualTo(1);
        assertThat(counter("switchboard.deliveries.dropped", "reason", "silent_lagging"))
                .isEqualTo(1);
        assertThat(counter("switchboard.deliveries.dropped", "reason", "silent_over_budget"))
                .isZero();
        assertThat(counter("switchboard.closes", "reason", "slow_consumer")).isEqualTo(1);

        metrics.signedOut();
        metrics.closed();
        metrics.closed();
        assertThat(metrics.openSessions()).isZero();
        assertThat(metrics.signedInSessions()).isZero();
    }

    @Test
    void shouldKnowWhereSessionsStand() {
        Standing signedIn = Standing.ALL.stream()
                .filter(standing -> standing.state() == Standing.State.SIGNED_IN
                        && standing.dialect().equals(Optional.of(DialectKind.CELLS)))
                .findFirst()
                .orElseThrow();
        metrics.entered(WAITING);
        metrics.entered(WAITING);
        metrics.left(WAITING);
        metrics.entered(signedIn);

        assertThat(gauge("switchboard.sessions", "state", "waiting", "dialect", "unknown"))
                .isEqualTo(1);
        assertThat(gauge("switchboard.sessions", "state", "signed_in", "dialect", "cells"))
                .isEqualTo(1);
        assertThat(registry.find("switchboard.sessions").gauges()).hasSize(Standing.ALL.size());
    }

    @Test
    void shouldShowWhatIsHeldToBeMerged() {
        metrics.merging(() -> 2, () -> 300);

        assertThat(gauge("switchboard.merge.held.events")).isEqualTo(2);
        assertThat(gauge("switchboard.merge.held.bytes")).isEqualTo(300);
    }

    @Test
    void shouldCountEvents() {
        metrics.accepted("tree", 5);
        metrics.refused("tree", "422");
        metrics.upgradeRefused("origin");
        metrics.dropped(DropReason.READ);
        metrics.merged();

        assertThat(counter("switchboard.merge.merged")).isEqualTo(1);
        assertThat(counter("switchboard.events", "topic", "tree", "outcome", "accepted"))
                .isEqualTo(5);
        assertThat(counter("switchboard.events", "topic", "tree", "outcome", "422"))
                .isEqualTo(1);
        assertThat(counter("switchboard.upgrades.refused", "reason", "origin")).isEqualTo(1);
        assertThat(counter("switchboard.events.dropped", "reason", "read")).isEqualTo(1);
    }

    @Test
    void shouldHaveATagForEachReasonAndNoOthers() {
        long before = registry.getMeters().size();
        for (CloseCode code : CloseCode.values()) {
            metrics.closing(code);
        }
        for (DropReason reason : DropReason.values()) {
            metrics.dropped(reason);
        }
        for (int i = 0; i < 100; i++) {
            metrics.opened();
            metrics.signedIn();
            metrics.signInRefused();
            metrics.entered(WAITING);
            metrics.delivered(Topic.Kind.OTHER, i);
            metrics.published(Topic.Kind.OTHER);
            metrics.fannedOut(i);
            metrics.handedOver(i);
            metrics.dropped(i);
            metrics.refusedByGuard();
            metrics.signedOut();
            metrics.closed();
        }

        assertThat(registry.getMeters()).as("sessions add no meters").hasSize((int) before);
        assertThat(tags("switchboard.closes")).isEqualTo(names(CloseCode.values()));
        assertThat(tags("switchboard.events.dropped")).isEqualTo(names(DropReason.values()));
    }

    private Set<String> tags(String name) {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().equals(name))
                .flatMap(id -> id.getTags().stream())
                .map(Tag::getValue)
                .collect(Collectors.toSet());
    }

    private static Set<String> names(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.toSet());
    }
}
