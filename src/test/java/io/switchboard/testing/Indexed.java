package io.switchboard.testing;

import io.switchboard.hub.Hub;
import io.switchboard.hub.Shard;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the loops have in their indexes, counted on each of them: the hub's own figure is of its summary. */
public final class Indexed {
    private Indexed() {}

    public static int entries(Hub hub) {
        AtomicInteger entries = new AtomicInteger();
        CompletableFuture<Void> counted = new CompletableFuture<>();
        long all = 0;
        for (int i = 0; i < hub.shards().size(); i++) {
            all |= 1L << i;
        }
        hub.post(all, (Shard shard) -> entries.addAndGet(shard.entries()), () -> counted.complete(null));
        counted.orTimeout(20, TimeUnit.SECONDS).join();
        return entries.get();
    }
}
