package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamOptions;
import io.nats.client.KeyValue;
import io.nats.client.KeyValueManagement;
import io.nats.client.KeyValueOptions;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.KeyValueConfiguration;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jboss.logging.Logger;

/** The streams and buckets of a cluster in JetStream: makes those that are missing, and checks what the server has made of them. */
final class Streams {
    private static final Logger LOG = Logger.getLogger(Streams.class);

    private static final int NOT_FOUND = 404;

    private final NatsLink link;
    private final ClusterSettings settings;
    private final List<StreamConfiguration> streams = new CopyOnWriteArrayList<>();
    private final List<KeyValueConfiguration> buckets = new CopyOnWriteArrayList<>();

    Streams(NatsLink link, ClusterSettings settings) {
        this.link = requireNonNull(link, "link");
        this.settings = requireNonNull(settings, "settings");
    }

    static String logOf(String prefix) {
        return prefix + "-log";
    }

    static String requestsOf(String prefix) {
        return prefix + "-requests";
    }

    /**
     * The stream of events, and that of what one replica is to do.
     *
     * @param events subjects of events that services publish
     * @param requests subjects of what is to be done once
     * @throws IllegalStateException JetStream does not keep what it is told to; says what to do
     */
    void prepare(List<String> events, List<String> requests) throws IOException {
        ClusterSettings.Stream stream = settings.stream();
        List<String> subjects = java.util.stream.Stream.concat(
                        events.stream(), java.util.stream.Stream.of(settings.prefix() + ".log.>"))
                .toList();
        ensure(common(logOf(settings.prefix()), subjects)
                .retentionPolicy(RetentionPolicy.Limits)
                .maxMessages(stream.events() == 0 ? -1 : stream.events())
                .maxBytes(stream.bytes() == 0 ? -1 : stream.bytes())
                .maxAge(stream.age())
                .build());
        ensure(common(requestsOf(settings.prefix()), requests)
                .retentionPolicy(RetentionPolicy.WorkQueue)
                .maxBytes(stream.bytes() == 0 ? -1 : stream.bytes())
                .maxAge(stream.age())
                .build());
    }

    private StreamConfiguration.Builder common(String name, List<String> subjects) {
        return StreamConfiguration.builder()
                .name(name)
                .subjects(subjects)
                .storageType(StorageType.File)
                .replicas(settings.stream().replicas())
                .discardPolicy(DiscardPolicy.Old)
                .duplicateWindow(settings.stream().duplicateWindow());
    }

    private void ensure(StreamConfiguration wanted) throws IOException {
        streams.add(wanted);
        JetStreamManagement management = link.connection().jetStreamManagement();
        StreamInfo info;
        try {
            info = find(management, wanted.getName()).isPresent()
                    ? management.updateStream(wanted)
                    : management.addStream(wanted);
        } catch (JetStreamApiException e) {
            throw new IllegalStateException(
                    "JetStream refuses the stream " + wanted.getName() + " with error " + e.getApiErrorCode()
                            + ": look at switchboard.cluster.stream.* and at the limits of the NATS account; as many NATS"
                            + " servers as stream.replicas must run",
                    e);
        }
        // old servers leave out what they do not know, without a word
        StreamConfiguration made = info.getConfiguration();
        boolean kept = new HashSet<>(made.getSubjects()).equals(new HashSet<>(wanted.getSubjects()))
                && made.getReplicas() == wanted.getReplicas()
                && made.getMaxAge().equals(wanted.getMaxAge())
                && made.getMaxBytes() == wanted.getMaxBytes()
                && made.getDuplicateWindow().equals(wanted.getDuplicateWindow())
                && made.getStorageType() == wanted.getStorageType();
        if (!kept) {
            throw new IllegalStateException("JetStream has made another stream " + wanted.getName()
                    + " than it was told to: use a newer nats-server, or change the stream by hand");
        }
    }

    private static Optional<StreamInfo> find(JetStreamManagement management, String name)
            throws IOException, JetStreamApiException {
        try {
            return Optional.of(management.getStreamInfo(name));
        } catch (JetStreamApiException e) {
            if (e.getErrorCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /**
     * A bucket of values.
     *
     * @param timeToLive how long a value stays that nobody writes again; zero: for ever
     * @param patience how long an answer may take
     */
    KeyValue bucket(String name, Duration timeToLive, Duration patience) throws IOException {
        String full = settings.prefix() + "-" + name;
        KeyValueManagement management = link.connection().keyValueManagement();
        try {
            KeyValueConfiguration wanted = KeyValueConfiguration.builder()
                    .name(full)
                    .ttl(timeToLive)
                    .replicas(settings.stream().replicas())
                    .storageType(StorageType.File)
                    .build();
            buckets.add(wanted);
            if (management.getBucketNames().contains(full)) {
                var _ = management.update(wanted);
            } else {
                var _ = management.create(wanted);
            }
            return link.connection()
                    .keyValue(
                            full,
                            KeyValueOptions.builder()
                                    .jetStreamOptions(JetStreamOptions.builder()
                                            .requestTimeout(patience)
                                            .build())
                                    .build());
        } catch (JetStreamApiException e) {
            throw new IllegalStateException(
                    "JetStream refuses the bucket " + full + " with error " + e.getApiErrorCode()
                            + ": look at switchboard.cluster.stream.replicas and at the limits of the NATS account",
                    e);
        }
    }

    /** Makes those again that JetStream has lost with all that was in them. Blocks; what cannot be done now is left for the next time. */
    void repair() {
        try {
            JetStreamManagement management = link.connection().jetStreamManagement();
            for (StreamConfiguration stream : streams) {
                if (find(management, stream.getName()).isEmpty()) {
                    var _ = management.addStream(stream);
                    LOG.errorf("JetStream has lost a stream, which is made again, empty stream=%s", stream.getName());
                }
            }
            List<String> names = link.connection().keyValueManagement().getBucketNames();
            for (KeyValueConfiguration bucket : buckets) {
                if (!names.contains(bucket.getBucketName())) {
                    var _ = link.connection().keyValueManagement().create(bucket);
                    LOG.errorf(
                            "JetStream has lost a bucket, which is made again, empty bucket=%s",
                            bucket.getBucketName());
                }
            }
        } catch (IOException | JetStreamApiException | IllegalStateException e) {
            LOG.debugf("JetStream cannot be looked at cause=%s", e.getClass().getName());
        }
    }

    /** The epoch of the log as all replicas know it: when the stream was made, and how often it has lost something since. */
    static StreamLog.Epochs epochs(LeasedMembership.Store store) {
        return (created, lost, known) -> {
            while (true) {
                Optional<LeasedMembership.Store.Value> value = store.get("epoch");
                Epoch before = value.map(one -> Epoch.parse(new String(one.bytes(), UTF_8)))
                        .orElse(new Epoch(0, 0));
                Epoch now = before;
                if (before.created() != created) {
                    now = new Epoch(created, 0);
                } else if (lost && before.name().equals(known)) {
                    now = new Epoch(created, before.generation() + 1);
                }
                if (now.equals(before)
                        || store.replace(
                                "epoch",
                                now.text().getBytes(UTF_8),
                                value.map(LeasedMembership.Store.Value::revision)
                                        .orElse(0L))) {
                    return now.name();
                }
            }
        };
    }

    /** @param created in nanoseconds since 1970 */
    private record Epoch(long created, int generation) {
        static Epoch parse(String text) {
            String[] parts = text.split(" ", 2);
            return new Epoch(Long.parseLong(parts[0]), Integer.parseInt(parts[1]));
        }

        String text() {
            return created + " " + generation;
        }

        /** Letters and digits. */
        String name() {
            return Long.toString(created, Character.MAX_RADIX) + "g" + generation;
        }
    }
}
