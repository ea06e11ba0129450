package io.switchboard.cluster.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import io.switchboard.cluster.Wire;
import io.switchboard.failure.SilentReplicaException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Asks the other replicas. Any thread, never blocks; who does not answer in time is left out. */
final class Others {
    /**
     * What they said, by their ids.
     *
     * @param partial whether there may be others who said nothing
     */
    record Said<T>(Map<String, T> byReplica, boolean partial) {
        Said {
            byReplica = Map.copyOf(byReplica);
        }
    }

    private final Wire wire;
    private final Membership membership;
    private final Duration patience;

    /** @param patience how long an answer may take */
    Others(Wire wire, Membership membership, Duration patience) {
        this.wire = requireNonNull(wire, "wire");
        this.membership = requireNonNull(membership, "membership");
        this.patience = requireNonNull(patience, "patience");
    }

    /** Whether there may be replicas of which this one does not know. */
    private boolean mayBeCutOff() {
        return !membership.acting();
    }

    /** Asks all. Never fails. */
    <T> CompletionStage<Said<T>> all(String subject, byte[] question, Function<MessageReader, T> read) {
        boolean cutOff = mayBeCutOff();
        return wire.askAll(subject, question, patience).thenApply(answers -> {
            Map<String, T> said = new LinkedHashMap<>();
            boolean partial = cutOff || mayBeCutOff() || !answers.missing().isEmpty();
            for (Map.Entry<String, byte[]> answer : answers.byReplica().entrySet()) {
                try {
                    said.put(answer.getKey(), read.apply(new MessageReader(answer.getValue())));
                } catch (UnreadableMessageException _) {
                    partial = true;
                }
            }
            return new Said<>(said, partial);
        });
    }

    /**
     * Asks all for what one of them may have.
     *
     * @param read what the replica with that id says, empty: it does not have it
     * @return of the first that has it; empty: none has; or a failure with {@link SilentReplicaException}: none of those that
     *     answered has
     */
    <T> CompletionStage<Optional<T>> find(
            String subject, byte[] question, BiFunction<String, MessageReader, Optional<T>> read) {
        CompletableFuture<Optional<T>> found = new CompletableFuture<>();
        AtomicBoolean silent = new AtomicBoolean(mayBeCutOff());
        List<String> others = new ArrayList<>();
        for (Member member : membership.view().members()) {
            if (!member.id().equals(membership.self())) {
                others.add(member.id());
            }
        }
        // one more, so that nobody is the last before all were asked
        AtomicInteger pending = new AtomicInteger(others.size() + 1);
        Runnable done = () -> {
            if (pending.decrementAndGet() > 0) {
                return;
            }
            if (silent.get()) {
                found.completeExceptionally(new SilentReplicaException());
            } else {
                found.complete(Optional.empty());
            }
        };
        for (String other : others) {
            CompletionStage<byte[]> _ = wire.ask(other, subject, question, patience)
                    .whenComplete((answer, failure) -> {
                        try {
                            Optional<T> here =
                                    failure == null ? read.apply(other, new MessageReader(answer)) : Optional.empty();
                            if (failure != null) {
                                silent.set(true);
                            } else if (here.isPresent()) {
                                found.complete(here);
                            }
                        } catch (UnreadableMessageException _) {
                            silent.set(true);
                        } finally {
                            done.run();
                        }
                    });
        }
        done.run();
        return found;
    }
}
