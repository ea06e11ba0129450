package io.switchboard;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.switchboard.admin.Traces;
import io.switchboard.auth.Revocations;
import io.switchboard.cluster.ClusterSettings;
import io.switchboard.cluster.NatsCluster;
import io.switchboard.cluster.RequestStream;
import io.switchboard.cluster.StreamLog;
import io.switchboard.cluster.session.ClusterRevoker;
import io.switchboard.cluster.session.NatsRevocationArchive;
import io.switchboard.cluster.session.RevocationArchive;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.event.EventTopic;
import io.switchboard.health.Connected;
import io.switchboard.ingress.StreamIngress;
import io.switchboard.log.EventLog;
import io.switchboard.metric.GatewayMetrics;
import io.switchboard.session.Revoker;
import io.switchboard.session.SessionDirectory;
import io.switchboard.session.SessionServices;
import io.switchboard.session.Timers;
import io.switchboard.trace.Arrival;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;

/** Makes this process a replica of a cluster, where NATS servers are configured; otherwise nothing. */
@Singleton
final class Clustering implements Connected {
    /** What services ask of one replica; everything else is for all. */
    private static final Set<EventTopic> REQUESTS = Set.of(EventTopic.CHAT, EventTopic.AUTH);

    /** Behind everything that prepares to be asked by other replicas. */
    private static final int LATE = 5000;

    /** Behind whatever still tells the others something. */
    private static final int LAST = 5000;

    private final Optional<NatsCluster> cluster;
    private final Optional<RevocationArchive> archive;
    private volatile BooleanSupplier current = () -> false;
    private final List<RequestStream> requests = new ArrayList<>();

    Clustering(
            SwitchboardConfig config,
            TlsConfigurationRegistry certificates,
            Timers timers,
            Revocations revocations,
            GatewayMetrics metrics) {
        SwitchboardConfig.Cluster settings = config.cluster();
        List<String> servers = settings.nats().servers().orElse(List.of());
        this.cluster = servers.isEmpty()
                ? Optional.empty()
                : Optional.of(new NatsCluster(
                        settings(settings, servers, certificates),
                        new ThreadLoop("switchboard-cluster", timers),
                        addresses(false),
                        addresses(true)));
        this.archive = cluster.map(one -> new NatsRevocationArchive(
                one.bucket(
                        "revocations", revocations.lifetime(), settings.nats().connectTimeout()),
                settings.nats().connectTimeout()));
        metrics.gauge(
                "switchboard.cluster.replicas",
                "Replicas that this one knows of, itself among them",
                () -> cluster.map(one -> one.membership().view().members().size())
                        .orElse(1));
        metrics.gauge(
                "switchboard.cluster.connected",
                "1 while this replica reaches NATS, 0 when its lease is over",
                () -> cluster.map(NatsCluster::isConnected).orElse(true) ? 1 : 0);
    }

    private static List<String> addresses(boolean requests) {
        return Arrays.stream(EventTopic.values())
                .filter(topic -> REQUESTS.contains(topic) == requests)
                .map(EventTopic::address)
                .toList();
    }

    private static ClusterSettings settings(
            SwitchboardConfig.Cluster settings, List<String> servers, TlsConfigurationRegistry certificates) {
        SwitchboardConfig.ClusterNats nats = settings.nats();
        Optional<ClusterSettings.SignIn> signIn = nats.credentials()
                .<ClusterSettings.SignIn>map(file -> new ClusterSettings.SignIn.Credentials(Path.of(file)))
                .or(() -> nats.user()
                        .map(user -> new ClusterSettings.SignIn.Password(
                                user, nats.password().orElse(""))));
        return new ClusterSettings(
                servers,
                settings.prefix(),
                signIn,
                nats.tlsConfiguration().map(name -> context(name, certificates)),
                nats.connectTimeout(),
                settings.lease(),
                settings.countPatience(),
                new ClusterSettings.Stream(
                        settings.stream().replicas(),
                        0,
                        settings.stream().bytes().asLongValue(),
                        settings.stream().age(),
                        settings.stream().duplicateWindow()));
    }

    private static SSLContext context(String name, TlsConfigurationRegistry certificates) {
        TlsConfiguration configuration = certificates
                .get(name)
                .orElseThrow(() -> new ConfigurationException(
                        "switchboard.cluster.nats.tls-configuration names no TLS configuration: set quarkus.tls." + name
                                + ".trust-store.pem.certs",
                        Set.of("switchboard.cluster.nats.tls-configuration")));
        try {
            return configuration.createSSLContext();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("quarkus.tls." + name + " cannot be used", e);
        } catch (Exception e) {
            throw new IllegalStateException("quarkus.tls." + name + " cannot be read", e);
        }
    }

    /** What this replica has to do with the others; empty: it is alone. */
    Optional<NatsCluster> cluster() {
        return cluster;
    }

    /** What was taken away, for replicas that start later; there where there is a cluster. */
    RevocationArchive archive() {
        return archive.orElseThrow();
    }

    @Override
    public boolean connected() {
        return cluster.map(one -> one.isConnected() && current.getAsBoolean()).orElse(true);
    }

    /** @param joiners and the others before: what other replicas are to be told of, which must be there before this one joins them */
    void start(
            @Observes @Priority(LATE) StartupEvent event,
            EventLog<Arrival> log,
            StreamIngress ingress,
            Revoker revoker,
            SessionDirectory sessions,
            Traces traces,
            SessionServices joiners) {
        if (cluster.isEmpty() || !(log instanceof StreamLog<Arrival> stream)) {
            return;
        }
        cluster.get().join(stream);
        if (revoker instanceof ClusterRevoker replicas) {
            replicas.load().toCompletableFuture().join();
            current = replicas::isLoaded;
        }
        for (EventTopic topic : EventTopic.values()) {
            if (REQUESTS.contains(topic)) {
                RequestStream one = cluster.get()
                        .requests(
                                topic.address(),
                                body -> ingress.perform(topic, body).thenApply(Clustering::outcome));
                requests.add(one);
                one.start();
            }
        }
    }

    private static RequestStream.Outcome outcome(StreamIngress.Outcome outcome) {
        return switch (outcome) {
            case DONE -> RequestStream.Outcome.DONE;
            case REFUSED -> RequestStream.Outcome.REFUSED;
            case FAILED -> RequestStream.Outcome.FAILED;
        };
    }

    void stop(@Observes @Priority(LAST) ShutdownEvent event, EventLog<Arrival> log) {
        requests.forEach(RequestStream::close);
        if (log instanceof StreamLog<Arrival> stream) {
            stream.close();
        }
        cluster.ifPresent(NatsCluster::close);
    }
}
