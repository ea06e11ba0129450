package io.switchboard;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.Redacted;
import io.switchboard.hub.Content;
import io.switchboard.hub.Topic;
import io.switchboard.ingress.BinaryMessages;
import io.switchboard.ingress.OtherReplicas;
import io.switchboard.trace.Recipients;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** What clients publish in other replicas: the keys of their messages, and their bytes. Any thread. */
final class ReplicaMessages implements OtherReplicas {
    private static final Logger LOG = Logger.getLogger(ReplicaMessages.class);

    private static final String SUBJECT = "binary";

    private final Cache<String, Boolean> keys;
    private final Wire wire;
    private final Duration patience;
    private final Supplier<BinaryMessages> here;

    /**
     * To be made before the cluster is joined.
     *
     * @param patience how long others are waited for
     * @param window how long a key is remembered
     * @param mostKeys how many are; 0: no bound
     * @param here hands over what others send; there when the first does
     */
    ReplicaMessages(Wire wire, Duration patience, Duration window, int mostKeys, Supplier<BinaryMessages> here) {
        this.keys = Caffeine.newBuilder()
                .expireAfterWrite(window)
                .maximumSize(mostKeys == 0 ? Long.MAX_VALUE : mostKeys)
                .executor(Runnable::run)
                .build();
        this.wire = requireNonNull(wire, "wire");
        this.patience = requireNonNull(patience, "patience");
        this.here = requireNonNull(here, "here");
        wire.serve(SUBJECT, (_, message) -> received(message));
    }

    /** Another replica has published a message under that key. */
    void heard(String key) {
        keys.put(key, true);
    }

    @Override
    public boolean published(String key) {
        return keys.getIfPresent(key) != null;
    }

    @Override
    public CompletionStage<Recipients.Count> hand(Topic topic, Content.Binary content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            write(topic, out);
            write(content.shown(), out);
            out.writeInt(content.frame().length);
            out.write(content.frame());
            out.write(content.payload());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return wire.askAll(SUBJECT, bytes.toByteArray(), patience).thenApply(answers -> {
            int sessions = 0;
            for (byte[] count : answers.byReplica().values()) {
                sessions += ByteBuffer.wrap(count).getInt();
            }
            return new Recipients.Count(sessions, !answers.missing().isEmpty(), false);
        });
    }

    private static void write(Topic topic, DataOutputStream out) throws IOException {
        out.writeShort(topic.segments().size());
        for (String segment : topic.segments()) {
            out.writeUTF(segment);
        }
    }

    private static Topic topic(DataInputStream in) throws IOException {
        int size = in.readUnsignedShort();
        List<String> segments = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            segments.add(in.readUTF());
        }
        return Topic.of(segments);
    }

    private CompletionStage<byte[]> received(byte[] message) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(message))) {
            Topic topic = topic(in);
            Topic shown = topic(in);
            byte[] frame = in.readNBytes(in.readInt());
            return here.get()
                    .hand(topic, new Content.Binary(shown, frame, in.readAllBytes()))
                    .thenApply(count ->
                            ByteBuffer.allocate(Integer.BYTES).putInt(count).array());
        } catch (Exception e) {
            LOG.error("bytes of another replica not understood", Redacted.of(e));
            return CompletableFuture.failedStage(e);
        }
    }
}
