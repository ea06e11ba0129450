package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.auth.View;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import io.switchboard.log.Position;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** A merger between a publisher and those who hold views, in simulated time. */
final class MergingWorld {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final SimulatedTime time = new SimulatedTime();
    final Hub hub = new Hub();
    final List<DropReason> drops = new ArrayList<>();
    final TreeMerger merger;
    int merges;

    /** Events whose way is not over. */
    int inFlight;

    private final SimulatedLoop sessions = time.loop();
    private final SimulatedLoop behind = time.loop();
    private final Shard shard = hub.addShard(sessions);
    private final EventReader reader = new EventReader(MAPPER);
    private long offset;

    MergingWorld(TreeSettings settings, Optional<NodeLookup> lookup) {
        merger = new TreeMerger(settings, new TreeRouter(hub), lookup, behind, drops::add, () -> merges++);
    }

    static View view(String uuid, String... roots) {
        return new View(
                uuid,
                Optional.of(uuid),
                List.of(roots).stream()
                        .map(root -> new View.Root(root, Optional.empty(), false))
                        .toList(),
                View.Permission.READ);
    }

    /** Somebody who holds a view. */
    final class Member {
        final List<String> received = new ArrayList<>();
        private final HeldView held;
        private final Subscription subscription;

        private Member(View view, Consumer<Publication> onPublication) {
            held = shard.hold(view, Pace.MERGED);
            subscription = shard.subscribe(held.topic(), held.guard(), publication -> {
                received.add(summary(RecordingTransport.textOf(publication)));
                onPublication.accept(publication);
                return true;
            });
        }

        void leave() {
            shard.unsubscribe(subscription);
            shard.release(held);
        }
    }

    Member join(View view) {
        return new Member(view, _ -> {});
    }

    Member join(View view, Consumer<Publication> onPublication) {
        return new Member(view, onPublication);
    }

    /** Publishes an event in which single quotes stand for double ones. */
    void publish(String json) {
        TreeEvent event;
        String quoted = json.replace('\'', '"');
        try {
            event = (TreeEvent) reader.read(EventTopic.TREE, MAPPER.readTree(quoted), quoted.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InvalidEventException e) {
            throw new AssertionError(e.field() + ": " + e.getMessage(), e);
        }
        inFlight++;
        boolean[] once = new boolean[1];
        merger.deliver(new Position("e", ++offset), event, () -> {
            assertThat(once[0]).as("delivered twice").isFalse();
            once[0] = true;
            inFlight--;
        });
        settle();
    }

    void advance(Duration duration) {
        time.advance(duration);
        settle();
    }

    /** Lets everything happen that happens now. */
    void settle() {
        while (behind.runOne() || sessions.runOne()) {
            // each may cause more
        }
    }

    /** Type, path, Etag and metadata, which is all that tests here look at. */
    private static String summary(String message) {
        JsonNode json;
        try {
            json = MAPPER.readTree(message);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        JsonNode node = json.has("Target") ? json.path("Target") : json.path("Source");
        StringBuilder text = new StringBuilder(json.path("Type").asText("CREATE"))
                .append(' ')
                .append(node.path("Path").asText());
        if (node.has("Etag")) {
            text.append(" etag=").append(node.path("Etag").asText());
        }
        node.path("MetaStore").properties().stream()
                .filter(meta -> !meta.getKey().equals("EventWorkspaceId"))
                .sorted(Map.Entry.comparingByKey())
                .forEach(meta -> text.append(' ')
                        .append(meta.getKey())
                        .append('=')
                        .append(meta.getValue().asText()));
        return text.toString();
    }
}
