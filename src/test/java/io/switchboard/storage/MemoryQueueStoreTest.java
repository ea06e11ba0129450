package io.switchboard.storage;

import io.switchboard.queue.QueueStore;
import io.switchboard.testing.MemoryQueueStore;
import java.util.Optional;

/** The one that tests use keeps the same promises. */
class MemoryQueueStoreTest extends QueueStoreContract {
    private Optional<MemoryQueueStore> store = Optional.empty();

    @Override
    Database database() {
        throw new UnsupportedOperationException();
    }

    @Override
    QueueStore store(QueueQuotas quotas) {
        if (store.isEmpty()) {
            store = Optional.of(new MemoryQueueStore(quotas, clock));
        }
        return store.get();
    }

    @Override
    void assertCounted() {
        // it counts when somebody asks
    }
}
