package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.failure.Redacted;
import io.switchboard.hub.Loop;
import io.switchboard.webflow.Registrant;
import io.switchboard.webflow.Registration;
import io.switchboard.webflow.Registrations;
import io.switchboard.webflow.WebSocketId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** The operations whose authorization one client waits for. Called on the session's loop only, but for what others ask of it. */
final class OperationDesk {
    private static final Logger LOG = Logger.getLogger(OperationDesk.class);

    /** Registrations under way at once; more than any client that means it has. */
    private static final int MOST_UNANSWERED = 32;

    /** What the desk needs of its session. */
    interface Host {
        UUID id();

        Loop loop();

        /** Asks the client for a sign of life. */
        void probe(Runnable heard);

        /** Shows the client what came of an operation. */
        void authorized(String operation, String result);
    }

    private final Registrations registrations;
    private final Host host;
    private final Registrant registrant = new Client();

    /** Of ids whose registration is not answered yet: what became of them, to be shown behind the answer. */
    private final Map<WebSocketId, List<String>> early = new HashMap<>();

    OperationDesk(Registrations registrations, Host host) {
        this.registrations = requireNonNull(registrations, "registrations");
        this.host = requireNonNull(host, "host");
    }

    /**
     * Lets the client wait for an operation.
     *
     * @param answer is told, on the loop, whether it does; what became of the operation is shown behind
     */
    void register(String operation, Consumer<Boolean> answer) {
        Optional<WebSocketId> id = WebSocketId.of(operation);
        if (id.isEmpty() || early.size() == MOST_UNANSWERED || early.containsKey(id.get())) {
            answer.accept(false);
            return;
        }
        early.put(id.get(), new ArrayList<>(1));
        CompletionStage<Void> _ = registrations
                .register(id.get(), registrant)
                .exceptionally(failure -> {
                    LOG.error("registration failed unexpectedly", Redacted.of(failure));
                    return false;
                })
                .thenAccept(succeeded -> host.loop().execute(() -> {
                    answer.accept(succeeded);
                    List<String> results = early.remove(id.get());
                    results.forEach(result -> host.authorized(operation, result));
                }));
    }

    private void show(WebSocketId id, String result) {
        List<String> waiting = early.get(id);
        if (waiting == null) {
            host.authorized(id.text(), result);
        } else {
            waiting.add(result);
        }
    }

    /** Whether the client wants to be shown what came of them. */
    void listen(boolean on) {
        if (on) {
            registrations.ready(registrant);
        } else {
            registrations.unready(registrant);
        }
    }

    /**
     * The connection is gone.
     *
     * @param clean whether somebody has ended it
     * @return what it waited for; never fails
     */
    CompletionStage<List<Registration>> end(boolean clean) {
        return registrations.release(registrant, clean);
    }

    /** What others see of the client; any thread. */
    private final class Client implements Registrant {
        @Override
        public UUID session() {
            return host.id();
        }

        @Override
        public CompletionStage<Boolean> probe() {
            CompletableFuture<Boolean> alive = new CompletableFuture<>();
            host.loop().execute(() -> host.probe(() -> alive.complete(true)));
            return alive;
        }

        @Override
        public void authorized(WebSocketId id, String result) {
            host.loop().execute(() -> show(id, result));
        }
    }
}
