package io.switchboard.testing;

import io.nats.client.Connection;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.switchboard.service.NoResponderException;
import io.switchboard.service.RequestBus;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Calls of services over a real NATS server, whose address is {@link #URL}; for tests whose profile enables it. */
@Alternative
@Singleton
public class NatsRequestBus implements RequestBus {
    public static final String URL = "test.nats.url";

    private final Connection connection;

    @Inject
    NatsRequestBus(@ConfigProperty(name = URL) String url) throws IOException, InterruptedException {
        connection = Nats.connect(new Options.Builder()
                .server(url)
                .reportNoResponders()
                .noReconnect()
                .build());
    }

    @Override
    public Answer request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, InterruptedException, NoResponderException, TimeoutException {
        if (connection.getStatus() != Connection.Status.CONNECTED) {
            throw new IOException("not connected");
        }
        Headers sent = new Headers();
        headers.forEach(sent::put);
        try {
            Message message = connection
                    .request(NatsMessage.builder()
                            .subject(subject)
                            .headers(sent)
                            .data(body)
                            .build())
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            Map<String, String> received = new HashMap<>();
            if (message.hasHeaders()) {
                message.getHeaders().forEach((name, values) -> received.put(name, values.getFirst()));
            }
            return new Answer(received, message.getData());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof JetStreamStatusException) {
                throw new NoResponderException();
            }
            throw new IOException(e);
        }
    }

    @Override
    public long maxPayload() {
        return connection.getMaxPayload();
    }

    @PreDestroy
    void close() throws InterruptedException {
        connection.close();
    }
}
