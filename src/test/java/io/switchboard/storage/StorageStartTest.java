package io.switchboard.storage;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.junit.QuarkusTest;
import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Message;
import io.switchboard.chat.Room;
import io.switchboard.chat.RoomName;
import io.switchboard.chat.RoomType;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import jakarta.inject.Inject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** The store as the application has it, without any setting. */
@QuarkusTest
class StorageStartTest {
    @Inject
    ChatStore store;

    @Inject
    MailStore mail;

    @Test
    void itIsSqliteAndReady() throws Exception {
        Room room = store.open(new RoomName(RoomType.GLOBAL, "start"))
                .toCompletableFuture()
                .get();
        Optional<Message> message = store.append(room, new ChatStore.Draft("m", "alice", 1, "{}"))
                .toCompletableFuture()
                .get();

        assertThat(message.orElseThrow().seq()).isEqualTo(1);
        assertThat(store.page(room, 0, 10).toCompletableFuture().get().messages())
                .containsExactly(message.get());
        // others use the same database
        String recipient = "start-" + UUID.randomUUID();
        Letter letter = new Letter(
                UUID.randomUUID(), recipient, "alice", 1, Long.MAX_VALUE, "{\"text\":\"hello\"}", Optional.empty());
        assertThat(mail.post(letter).toCompletableFuture().get()).isEqualTo(MailStore.Posted.KEPT);
        assertThat(mail.after(recipient, 0, 10, 1_000).toCompletableFuture().get())
                .containsExactly(new MailStore.Kept(1, letter));
        given().get("/q/health/ready").then().statusCode(200).body("checks.name", hasItem("storage"));
        String url = ConfigProvider.getConfig().getValue("switchboard.storage.url", String.class);
        assertThat(Files.size(Path.of(url.substring("jdbc:sqlite:".length())))).isPositive();
    }
}
