package io.switchboard.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.switchboard.config.StorageKind;
import io.switchboard.failure.StoreException;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.MailStore;
import io.switchboard.mailbox.MailStore.Posted;
import io.switchboard.testing.Postgres;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PostgresMailStoreTest extends MailStoreContract {
    private static Postgres postgres;

    private String url;

    @BeforeAll
    static void startServer() {
        postgres = Postgres.started();
    }

    @AfterAll
    static void stopServer() {
        postgres.close();
    }

    @BeforeEach
    void newDatabase() {
        url = postgres.newDatabase();
    }

    @Override
    Database database() {
        return new Database(StorageKind.POSTGRESQL, Postgres.sourceOf(url), url);
    }

    @Test
    void aDatabaseThatGoesIsWaitedFor() {
        MailStore store = store();
        Letter first = letter("bob", "alice", "1");
        kept(store.post(first));
        postgres.stop();
        try {
            assertThat(failure(store.post(letter("bob", "alice", "2")))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.remove("bob", List.of(1L)))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.signedIn("bob"))).isEqualTo(StoreException.Reason.DOWN);
            assertThat(failure(store.after("bob", 0, 1, 1))).isEqualTo(StoreException.Reason.DOWN);
        } finally {
            postgres.start();
        }
        await().atMost(PATIENCE).until(() -> storage().up());
        kept(store.post(first));
        kept(store.post(letter("bob", "alice", "3")));
        assertThat(letters(all(store, "bob"))).extracting(Letter::payload).containsExactly("1", "3");
        assertCounted("");
    }

    /** PostgreSQL keeps no U+0000; whoever writes it must not fail those who write beside. */
    @Test
    void whatCannotBeWrittenFailsAlone() {
        MailStore store = store();
        List<CompletionStage<Posted>> answers = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            answers.add(store.post(letter(i == 15 ? "b\0b" : "bob", "alice", Integer.toString(i))));
        }

        assertThat(failure(answers.remove(14))).isEqualTo(StoreException.Reason.DOWN);
        answers.forEach(MailStoreContract::kept);
        assertThat(numbers(all(store, "bob"))).isEqualTo(upTo(29));
        assertThat(storage().up()).isTrue();
        assertCounted("");
    }
}
