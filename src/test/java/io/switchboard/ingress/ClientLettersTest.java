package io.switchboard.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.failure.StoreException;
import io.switchboard.hub.Owners;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.LocalMailboxes;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.session.Publishing.Publisher;
import io.switchboard.testing.MemoryMailStore;
import io.switchboard.testing.SimulatedTime;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** What senders are told while the database is down, or full. */
class ClientLettersTest {
    private record Question() implements Request {}

    private final SimulatedTime time = new SimulatedTime();
    private final SimulatedTime.SimulatedLoop loop = time.loop();
    private final MemoryMailStore store = new MemoryMailStore();
    private final Mailboxes mailboxes = new LocalMailboxes(store, new Owners(List.of(loop)));
    private final ClientLetters letters = new ClientLetters(
            mailboxes,
            new SmallRyeConfigBuilder()
                    .addDefaultInterceptors()
                    .addDiscoveredConverters()
                    .withMapping(SwitchboardConfig.class)
                    .withSources(new PropertiesConfigSource(Map.of(), "test", 100))
                    .build()
                    .getConfigMapping(SwitchboardConfig.class),
            time.clock());
    private final Publisher sender = new Publisher(UUID.randomUUID(), Optional.empty(), "bob", false);

    private Reply send(String id) {
        CompletableFuture<Reply> reply = letters.send(
                        sender,
                        new Command.Direct(
                                new Question(),
                                "alice",
                                new Command.Direct.Body.Json(
                                        "\"text\"".getBytes(StandardCharsets.UTF_8), Optional.empty()),
                                Optional.empty(),
                                Optional.of(id),
                                Optional.empty()))
                .toCompletableFuture();
        loop.runAll();
        assertThat(reply).isCompleted();
        return reply.join();
    }

    @Test
    void whoFoundNoRoomMayTryAgainWithTheSameId() {
        store.full(true);
        assertThat(send("m")).isEqualTo(new Reply.Away("alice", false));
        store.full(false);
        assertThat(send("m")).isEqualTo(new Reply.Away("alice", true));
        assertThat(send("m")).isEqualTo(new Reply.Away("alice", true));
        assertThat(store.kept("alice")).hasSize(1);
    }

    @Test
    void withTheDatabaseDownWhoIsAwayGets503AndWhoIsThereTheMessage() {
        for (StoreException.Reason reason : StoreException.Reason.values()) {
            store.fail(reason);
            assertThat(send("m")).isInstanceOfSatisfying(Reply.Failed.class, failed -> {
                assertThat(failed.status()).isEqualTo(503);
                assertThat(failed.retryAfterMillis()).isEqualTo(OptionalLong.of(1000));
            });
        }
        store.recover();
        assertThat(send("m")).as("the same once more").isEqualTo(new Reply.Away("alice", true));
        Mailboxes.Receiver receiver = new Mailboxes.Receiver() {
            private final UUID id = UUID.randomUUID();

            @Override
            public UUID id() {
                return id;
            }

            @Override
            public boolean acknowledges() {
                return false;
            }

            @Override
            public CompletionStage<Boolean> hand(Publication letter) {
                return CompletableFuture.completedFuture(true);
            }
        };
        mailboxes.connect("alice", receiver);
        loop.runAll();
        store.fail(StoreException.Reason.DOWN);

        assertThat(send("n")).isEqualTo(new Reply.Delivered(List.of(receiver.id()), false));
    }
}
