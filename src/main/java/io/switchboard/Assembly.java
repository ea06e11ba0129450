package io.switchboard;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.Dialects;
import io.switchboard.dialect.cells.CellsDialect;
import io.switchboard.event.Event;
import io.switchboard.event.EventReader;
import io.switchboard.event.EventRouter;
import io.switchboard.hub.Hub;
import io.switchboard.limit.ConnectionLimits;
import io.switchboard.log.EventLog;
import io.switchboard.log.Sequencer;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.OutboundBudget;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** Puts the parts together that are plain objects: which one stands behind which interface is decided here. */
@Dependent
final class Assembly {
    @Produces
    @Singleton
    GatewayMetrics metrics(MeterRegistry registry) {
        return new GatewayMetrics(registry);
    }

    @Produces
    @Singleton
    Hub hub() {
        return new Hub();
    }

    @Produces
    @Singleton
    Detector detector(ObjectMapper mapper) {
        return new Detector(mapper);
    }

    @Produces
    @Singleton
    Dialects dialects(ObjectMapper mapper) {
        return new Dialects(List.of(new CellsDialect(mapper)));
    }

    @Produces
    @Singleton
    EventReader eventReader(ObjectMapper mapper) {
        return new EventReader(mapper);
    }

    @Produces
    @Singleton
    ConnectionLimits limits(SwitchboardConfig config) {
        SwitchboardConfig.Limits limits = config.limits();
        return new ConnectionLimits(
                limits.connections(), limits.connectionsPerUser(), limits.connectionsPerAddress());
    }

    @Produces
    @Singleton
    OutboundBudget outboundBudget(SwitchboardConfig config, GatewayMetrics metrics) {
        OutboundBudget budget =
                new OutboundBudget(config.limits().outboundBytesTotal().asLongValue());
        metrics.gauge("switchboard.outbound.bytes", "Bytes that wait for slow clients", budget::total);
        return budget;
    }

    @Produces
    @Singleton
    EventLog<Event> log(SwitchboardConfig config, Hub hub, GatewayMetrics metrics) {
        Executor executor = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("switchboard-log").factory());
        Sequencer<Event> log = new Sequencer<>(
                Sequencer.newEpoch(),
                new Sequencer.Bounds(
                        config.log().queueEvents(), config.log().queueBytes().asLongValue()),
                Event::weight,
                new EventRouter(hub, metrics::dropped),
                executor);
        metrics.gauge("switchboard.log.bytes", "Bytes of events on their way to the sockets", log::bytesInFlight);
        metrics.gauge("switchboard.log.events", "Events on their way to the sockets", log::eventsInFlight);
        return log;
    }
}
