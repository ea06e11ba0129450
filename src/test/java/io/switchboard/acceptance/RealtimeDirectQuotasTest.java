package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.switchboard.testing.Gateway;
import io.switchboard.testing.RealtimeClient;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Somebody writes to names that nobody has, and others go on writing to each other. */
@QuarkusTest
@TestProfile(RealtimeDirectQuotasTest.SmallQuotas.class)
class RealtimeDirectQuotasTest {
    private static final int OF_SENDER = 20;
    private static final int OF_STRANGERS = 50;
    private static final int OF_PAIR = 10;

    /** Small bounds, and a database of its own, in which nobody waits for anything. */
    public static class SmallQuotas implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "switchboard.storage.url", "jdbc:sqlite:target/quotas-" + UUID.randomUUID() + ".db",
                    "switchboard.mailbox.messages-per-sender", Integer.toString(OF_SENDER),
                    "switchboard.mailbox.messages-per-sender-and-user", Integer.toString(OF_PAIR),
                    "switchboard.mailbox.messages-of-strangers", Integer.toString(OF_STRANGERS));
        }
    }

    @Inject
    Gateway gateway;

    private int sent;

    @AfterEach
    void everybodyIsGone() {
        gateway.awaitOpen(0);
    }

    private RealtimeClient client(String user) throws IOException {
        return RealtimeClient.open(gateway, gateway.token(user));
    }

    /** What became of a message to that user: the status of its Ack. */
    private String write(RealtimeClient sender, String user) throws IOException {
        String id = "m" + sent++;
        sender.send(
                "DirectMessage", id, new JsonObject().put("target_user", user).put("payload", id));
        JsonObject answer = sender.next();
        if (answer.getString("type").equals("Error")) {
            JsonObject details = answer.getJsonObject("data").getJsonObject("details");
            JsonObject ack = sender.next("Ack");
            assertThat(ack.getString("status")).isEqualTo(details.getBoolean("queued") ? "queued" : "failed");
            return ack.getString("status");
        }
        return answer.getJsonObject("data").getString("status");
    }

    private static String invented() {
        return "invented-" + UUID.randomUUID();
    }

    private void reaches(RealtimeClient sender, RealtimeClient receiver, String user) throws IOException {
        assertThat(write(sender, user)).isEqualTo("delivered");
        assertThat(receiver.next("DirectMessage").getString("payload")).isEqualTo("m" + (sent - 1));
    }

    @Test
    void whoFillsTheBoxesOfInventedNamesStopsAtTheirOwnQuotaAndHurtsNobodyElse() throws Exception {
        try (RealtimeClient _ = client("known")) {
            // has been here
        }
        gateway.awaitOpen(0);
        try (RealtimeClient mallory = client("mallory");
                RealtimeClient another = client("another");
                RealtimeClient alice = client("alice");
                RealtimeClient bob = client("bob")) {
            for (int i = 0; i < 3 * OF_SENDER; i++) {
                assertThat(write(mallory, invented())).isEqualTo(i < OF_SENDER ? "queued" : "failed");
                // who is there needs no box
                reaches(alice, bob, "bob");
                reaches(mallory, bob, "bob");
            }
            assertThat(write(mallory, "known")).as("nor to others").isEqualTo("failed");
            assertThat(write(alice, "known")).isEqualTo("queued");
            assertThat(write(alice, invented())).as("the budget lasts").isEqualTo("queued");

            int left = OF_STRANGERS - OF_SENDER - 1;
            try (RealtimeClient third = client("third")) {
                for (int i = 0; i < left; i++) {
                    RealtimeClient one = i < OF_SENDER ? another : third;
                    assertThat(write(one, invented())).as("number %d", i).isEqualTo("queued");
                }
                assertThat(write(third, invented())).as("used up").isEqualTo("failed");
                assertThat(write(third, "known")).isEqualTo("queued");
            }
            assertThat(write(alice, invented())).as("used up").isEqualTo("failed");
            for (int i = 1; i < OF_PAIR; i++) {
                assertThat(write(alice, "known")).isEqualTo("queued");
            }
            assertThat(write(alice, "known")).as("a box is not one sender's").isEqualTo("failed");
            reaches(alice, bob, "bob");
            reaches(mallory, bob, "bob");
            bob.assertQuiet();
        }
        try (RealtimeClient known = client("known")) {
            for (int i = 0; i <= OF_PAIR; i++) {
                assertThat(known.next("DirectMessage").getString("from_user")).isIn("alice", "third");
            }
            known.assertQuiet();
        }
    }
}
