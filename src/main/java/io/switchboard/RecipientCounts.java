package io.switchboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Scheduler;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Wire;
import io.switchboard.hub.Loop;
import io.switchboard.trace.Recipients;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Counts to how many sessions an event was handed in all replicas: each tells the one that accepted it, which waits for a while
 * after it has counted itself. Any thread.
 */
final class RecipientCounts {
    /** Says in the stream who wants to know, and by which number: {@code <replica> <number>}. */
    static final String HEADER = "Switchboard-Count";

    private static final String SUBJECT = "counted";

    /** Events whose recipients are being counted; what is more is not waited for. */
    private static final int MOST = 100_000;

    /** How long the log may take to bring an event back. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private static final byte[] NOTHING = {};

    private final Cache<Long, Recipients> counting = Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(LONGEST)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .<Long, Recipients>removalListener((_, recipients, _) -> recipients.close())
            .build();
    private final AtomicLong numbers = new AtomicLong();
    private final Membership membership;
    private final Wire wire;
    private final Loop loop;
    private final Duration patience;

    /** @param patience how long the others are waited for */
    RecipientCounts(Membership membership, Wire wire, Loop loop, Duration patience) {
        this.membership = requireNonNull(membership, "membership");
        this.wire = requireNonNull(wire, "wire");
        this.loop = requireNonNull(loop, "loop");
        this.patience = requireNonNull(patience, "patience");
        wire.serve(SUBJECT, this::counted);
    }

    /** Begins to count; returns what the others have to be told. */
    String expect(Recipients recipients) {
        long number = numbers.incrementAndGet();
        recipients.await(membership.view().members().stream()
                .map(member -> member.id())
                .filter(id -> !id.equals(membership.self()))
                .collect(Collectors.toSet()));
        counting.put(number, recipients);
        recipients.onHere(() -> {
            if (counting.getIfPresent(number) != null) {
                loop.schedule(() -> counting.invalidate(number), patience.toNanos());
            }
        });
        CompletionStage<Recipients.Count> _ = recipients.total().whenComplete((_, _) -> counting.invalidate(number));
        return membership.self() + " " + number;
    }

    private CompletionStage<byte[]> counted(String from, byte[] news) {
        String[] parts = new String(news, UTF_8).split(" ", 2);
        Recipients recipients = counting.getIfPresent(Long.parseLong(parts[0]));
        if (recipients != null) {
            recipients.elsewhere(from, Integer.parseInt(parts[1]));
        }
        return CompletableFuture.completedStage(NOTHING);
    }

    /** What tells another replica how many there are here; empty: nobody wants to know. */
    Optional<Recipients> asked(String header) {
        if (header == null) {
            return Optional.empty();
        }
        String[] parts = header.split(" ", 2);
        if (parts.length < 2 || membership.view().member(parts[0]).isEmpty()) {
            return Optional.empty();
        }
        Recipients recipients = new Recipients();
        CompletionStage<Void> _ = recipients
                .total()
                .thenAccept(count -> wire.tell(parts[0], SUBJECT, (parts[1] + " " + count.sessions()).getBytes(UTF_8)));
        return Optional.of(recipients);
    }
}
