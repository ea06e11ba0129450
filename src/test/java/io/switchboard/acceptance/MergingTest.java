package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.event.IdmEvent;
import io.switchboard.event.IdmListener;
import io.switchboard.event.Node;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.event.NodeLookup;
import io.switchboard.log.Position;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.JdkWebSocket;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.inject.Alternative;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Held changes leave by the clock of the running service; what services add to it is found. */
@QuarkusTest
@TestProfile(MergingTest.Profile.class)
class MergingTest {
    /** The window never ends by itself, so that only the maximum and what follows let anything go. */
    public static final class Profile implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("switchboard.tree.quiet-window", "1h", "switchboard.tree.max-hold", "500ms");
        }

        @Override
        public Set<Class<?>> getEnabledAlternatives() {
            return Set.of(Places.class, Listener.class);
        }
    }

    /** Knows one node. */
    @Alternative
    @Singleton
    public static class Places implements NodeLookup {
        @Override
        public CompletionStage<Optional<Node>> find(String uuid) {
            return CompletableFuture.completedFuture(Optional.of(new Node(
                            "known",
                            "",
                            Map.of(),
                            List.of(new WorkspaceRelativePath("ws", "ws", "looked-up")),
                            Map.of()))
                    .filter(node -> node.uuid().equals(uuid)));
        }
    }

    /** Remembers what it heard. */
    @Alternative
    @Singleton
    public static class Listener implements IdmListener {
        final BlockingQueue<IdmEvent> heard = new LinkedBlockingQueue<>();

        @Override
        public void changed(Position position, IdmEvent event) {
            heard.add(event);
        }
    }

    @Inject
    Gateway gateway;

    /** Not there in the service that other tests start. */
    @Inject
    Instance<Listener> listener;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
        gateway.awaitSignedIn(0);
    }

    private JdkWebSocket alice() {
        JdkWebSocket client = new JdkWebSocket(gateway.port(), "/ws/event");
        client.send(Gateway.subscribe(gateway.token("alice", "ws")));
        gateway.awaitSignedIn(1);
        return client;
    }

    @Test
    void aChangeThatIsHeldLeavesByItself() throws Exception {
        try (JdkWebSocket alice = alice()) {
            gateway.publish("tree", Gateway.created("alone", "ws"));

            assertThat(Gateway.path(alice.next())).isEqualTo("ws/alone");
            assertThat(gateway.figure("switchboard.merge.nodes")).isZero();
        }
    }

    @Test
    void aDeletionComesBehindWhatWasHeldOfItsNode() throws Exception {
        try (JdkWebSocket alice = alice()) {
            JsonObject created = Gateway.created("gone", "ws");
            gateway.publish("tree", created);
            gateway.publish(
                    "tree", new JsonObject().put("Type", "DELETE").put("Source", created.getJsonObject("Target")));

            assertThat(Gateway.path(alice.next())).isEqualTo("ws/gone");
            assertThat(new JsonObject(alice.next()).getString("Type")).isEqualTo("DELETE");
        }
    }

    @Test
    void aNodeThatOnlyItsUuidNamesIsLookedUp() throws Exception {
        try (JdkWebSocket alice = alice()) {
            JsonObject target = new JsonObject().put("Uuid", "known").put("MetaStore", new JsonObject().put("a", "1"));
            gateway.publish("meta", new JsonObject().put("Type", "UPDATE_META").put("Target", target));

            assertThat(Gateway.path(alice.next())).isEqualTo("ws/looked-up");
        }
    }

    @Test
    void listenersHearOfIdentities() throws Exception {
        gateway.publish("idm", new JsonObject().put("Type", "DELETE").put("Role", new JsonObject().put("Uuid", "r")));

        IdmEvent event = listener.get().heard.poll(30, TimeUnit.SECONDS);
        assertThat(event).isNotNull();
        assertThat(event.change()).isEqualTo(IdmEvent.Change.DELETE);
        assertThat(event.entity()).isEqualTo(new IdmEvent.Entity.Role("r"));
    }
}
