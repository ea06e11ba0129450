package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import io.switchboard.log.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Events that wait for where their node is, in their order for each node. Bounded in number and in time; their bytes still
 * count as in flight for the log. Touched under the lock of its merger only.
 */
final class PlaceLookups {
    private static final Logger LOG = Logger.getLogger(PlaceLookups.class);

    /** An event behind its question. */
    record Waiting(Position position, TreeEvent event, Runnable delivered) {}

    /** One node that is asked for. */
    private static final class Question {
        private final List<Waiting> waiting = new ArrayList<>(1);
    }

    private final Optional<NodeLookup> lookup;
    private final int most;
    private final Duration timeout;
    private final Loop time;
    private final ReentrantLock lock;
    private final Consumer<Waiting> onPlaced;
    private final Consumer<DropReason> onDrop;
    private final Map<String, Question> questions = new HashMap<>();
    private int waiting;

    /**
     * @param lookup who is asked, on the loop; empty: nobody knows
     * @param onPlaced takes an event that has its place now
     */
    PlaceLookups(
            Optional<NodeLookup> lookup,
            int most,
            Duration timeout,
            Loop time,
            ReentrantLock lock,
            Consumer<Waiting> onPlaced,
            Consumer<DropReason> onDrop) {
        this.lookup = requireNonNull(lookup, "lookup");
        this.most = most;
        this.timeout = requireNonNull(timeout, "timeout");
        this.time = requireNonNull(time, "time");
        this.lock = requireNonNull(lock, "lock");
        this.onPlaced = requireNonNull(onPlaced, "onPlaced");
        this.onDrop = requireNonNull(onDrop, "onDrop");
    }

    boolean isEmpty() {
        return questions.isEmpty();
    }

    int waiting() {
        return waiting;
    }

    /** Lets an event wait whose target has a uuid and no place, or drops it. */
    void ask(Waiting event) {
        String uuid = event.event().target().orElseThrow().uuid();
        if (lookup.isEmpty() || uuid.isEmpty()) {
            drop(event, DropReason.NO_PLACE);
            return;
        }
        if (most > 0 && waiting >= most) {
            drop(event, DropReason.LOOKUP_FAILED);
            return;
        }
        waiting++;
        Question question = questions.get(uuid);
        if (question != null) {
            question.waiting.add(event);
            return;
        }
        Question asked = new Question();
        asked.waiting.add(event);
        questions.put(uuid, asked);
        time.execute(() -> find(lookup.get(), uuid, asked));
        if (!timeout.isZero()) {
            time.schedule(() -> answer(uuid, asked, Optional.empty()), timeout.toNanos());
        }
    }

    private void find(NodeLookup service, String uuid, Question question) {
        try {
            service.find(uuid).whenComplete((node, failure) -> {
                if (failure != null) {
                    LOG.debug("node lookup failed", Redacted.of(failure));
                }
                Optional<Node> found = failure != null || node == null ? Optional.empty() : node;
                time.execute(() -> answer(uuid, question, found));
            });
        } catch (RuntimeException e) {
            LOG.debug("node lookup failed", Redacted.of(e));
            answer(uuid, question, Optional.empty());
        }
    }

    /** The first answer counts; none does where the node was settled otherwise. */
    private void answer(String uuid, Question question, Optional<Node> found) {
        lock.lock();
        try {
            if (!questions.remove(uuid, question)) {
                return;
            }
            Optional<Node> node = found.filter(Node::hasPlace)
                    .filter(known -> known.uuid().isEmpty() || known.uuid().equals(uuid));
            end(question, node, DropReason.LOOKUP_FAILED);
        } finally {
            lock.unlock();
        }
    }

    /** A later event says where the node is. */
    void settle(String uuid, Node known) {
        end(questions.remove(uuid), Optional.of(known), DropReason.NO_PLACE);
    }

    /** The node is gone, and nothing says where it was. */
    void forget(String uuid) {
        end(questions.remove(uuid), Optional.empty(), DropReason.NO_PLACE);
    }

    /** Gives up on everything. */
    void close() {
        List<Question> open = List.copyOf(questions.values());
        questions.clear();
        open.forEach(question -> end(question, Optional.empty(), DropReason.LOOKUP_FAILED));
    }

    private void end(Question question, Optional<Node> known, DropReason otherwise) {
        if (question == null) {
            return;
        }
        // A timer may still know the question, which must not keep what waited for it.
        List<Waiting> events = List.copyOf(question.waiting);
        question.waiting.clear();
        waiting -= events.size();
        for (Waiting event : events) {
            if (known.isPresent()) {
                onPlaced.accept(
                        new Waiting(event.position(), TreeMerge.placed(event.event(), known.get()), event.delivered()));
            } else {
                drop(event, otherwise);
            }
        }
    }

    private void drop(Waiting event, DropReason reason) {
        onDrop.accept(reason);
        event.delivered().run();
    }
}
