package io.switchboard.service;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.switchboard.config.SwitchboardConfig;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Makes what calls services from the settings, at the start: with settings that cannot be meant the application does not come up. */
@Singleton
final class ServiceProducer {
    private static final String HTTP = "switchboard.services.http.";

    /** For what waits to be told when the application stops. */
    private static final Duration FAREWELL = Duration.ofSeconds(3);

    /** Bytes of an answer to an event, of which only the status is looked at. */
    private static final int LARGEST_RECEIPT = 64 * 1024;

    private final HttpClient client = HttpEndpoint.client();
    private final ExecutorService lanes = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("lifecycle-", 0).factory());
    private final ActorTokens tokens;
    private final Services services;
    private final LifecycleEvents events;

    ServiceProducer(
            SwitchboardConfig config,
            ServedMethods served,
            Vertx vertx,
            Instance<RequestBus> requests,
            ServiceListener listener,
            Clock clock) {
        SwitchboardConfig.Services settings = config.services();
        tokens = new ActorTokens(settings.actorKeyLocation().map(ActorKey::read).orElseGet(ActorKey::ephemeral), clock);
        AnswerReader reader = new AnswerReader(settings.answerSize().asLongValue());
        services = new Services(
                new ServiceDirectory(
                        served.methods().stream()
                                .map(method -> new ServedTarget(method, settings.timeout(), reader))
                                .toList(),
                        new BusTarget(vertx.eventBus(), settings.timeout(), tokens, reader),
                        remote(settings, reader),
                        elsewhere(settings, config.cluster().prefix(), requests, reader)),
                settings.requestSize().asLongValue(),
                settings.calls(),
                clock,
                listener);
        events = new LifecycleEvents(outlets(settings, vertx.eventBus(), listener), clock);
    }

    void start(@Observes StartupEvent event) {
        // to be there is enough
    }

    @Produces
    @Singleton
    Services services() {
        return services;
    }

    @Produces
    @Singleton
    ActorTokens tokens() {
        return tokens;
    }

    @Produces
    @Singleton
    LifecycleEvents events() {
        return events;
    }

    private List<HttpTarget> remote(SwitchboardConfig.Services settings, AnswerReader reader) {
        List<HttpTarget> targets = new ArrayList<>();
        for (Map.Entry<String, SwitchboardConfig.HttpService> entry :
                settings.http().entrySet()) {
            String key = entry.getKey();
            SwitchboardConfig.HttpService service = entry.getValue();
            if (service.name().isEmpty() && service.on().isEmpty()) {
                throw new ConfigurationException(HTTP + key + " needs a name, or events to be told of (on).");
            }
            service.name()
                    .ifPresent(name -> targets.add(new HttpTarget(
                            key,
                            pattern(key, name),
                            service.enabled(),
                            timeout(settings, service),
                            settings.breaker(),
                            endpoint(key, settings, service, reader.maxBytes()),
                            tokens,
                            reader)));
        }
        return targets;
    }

    /** Empty: there is no connection to NATS, or it is not for calls. */
    private Optional<Target> elsewhere(
            SwitchboardConfig.Services settings, String prefix, Instance<RequestBus> requests, AnswerReader reader) {
        SwitchboardConfig.NatsServices nats = settings.nats();
        return requests.isResolvable() && requests.get().configured() && nats.enabled()
                ? Optional.of(new RequestTarget(
                        requests.get(),
                        prefix + RequestTarget.SUBJECT,
                        nats.timeout().orElse(settings.timeout()),
                        settings.breaker(),
                        tokens,
                        reader))
                : Optional.empty();
    }

    private static NamePattern pattern(String key, String name) {
        if (!NamePattern.isPattern(name)) {
            throw new ConfigurationException(
                    HTTP + key + ".name must be a name such as orders.place, or a pattern such as" + " orders.* or *.");
        }
        return new NamePattern(name);
    }

    private static Duration timeout(SwitchboardConfig.Services settings, SwitchboardConfig.HttpService service) {
        return service.timeout().orElse(settings.timeout());
    }

    private HttpEndpoint endpoint(
            String key, SwitchboardConfig.Services settings, SwitchboardConfig.HttpService service, int maxBytes) {
        URI uri = HttpEndpoint.uri(HTTP + key + ".url", service.url());
        return new HttpEndpoint(client, uri, timeout(settings, service), maxBytes);
    }

    private List<Outlet> outlets(SwitchboardConfig.Services settings, EventBus bus, ServiceListener listener) {
        SwitchboardConfig.SessionEvents queue = settings.sessionEvents();
        Outlet.Bounds bounds =
                new Outlet.Bounds(queue.queueEvents(), queue.queueBytes().asLongValue());
        List<Outlet> outlets = new ArrayList<>();
        DeliveryOptions local = new DeliveryOptions().setLocalOnly(true);
        outlets.add(new Outlet(
                "event bus",
                EnumSet.allOf(LifecycleKind.class),
                event -> bus.publish(event.address(), event.json(), local),
                bounds,
                lanes,
                listener));
        settings.http().forEach((key, service) -> {
            Set<LifecycleKind> kinds = kinds(key, service);
            if (service.enabled() && !kinds.isEmpty()) {
                outlets.add(new Outlet(
                        key,
                        kinds,
                        new HttpSink(
                                key,
                                endpoint(key, settings, service, LARGEST_RECEIPT),
                                timeout(settings, service),
                                queue,
                                tokens),
                        bounds,
                        lanes,
                        listener));
            }
        });
        return outlets;
    }

    private static Set<LifecycleKind> kinds(String key, SwitchboardConfig.HttpService service) {
        Set<LifecycleKind> kinds = EnumSet.noneOf(LifecycleKind.class);
        for (String name : service.on().orElse(List.of())) {
            kinds.add(LifecycleKind.of(name.strip())
                    .orElseThrow(() -> new ConfigurationException(HTTP + key
                            + ".on names what nobody is told of; there are session.opened, user.authenticated and"
                            + " session.closed.")));
        }
        return kinds;
    }

    @PreDestroy
    void stop() throws InterruptedException {
        lanes.shutdown();
        if (!lanes.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
            lanes.shutdownNow();
        }
        client.shutdownNow();
    }
}
