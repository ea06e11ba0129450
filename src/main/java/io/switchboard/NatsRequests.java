package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.cluster.NatsLink;
import io.switchboard.service.NoResponderException;
import io.switchboard.service.RequestBus;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** Questions to services over the connection that replicas have to NATS. */
final class NatsRequests implements RequestBus {
    private final NatsLink link;

    NatsRequests(NatsLink link) {
        this.link = requireNonNull(link, "link");
    }

    @Override
    public Answer request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException, InterruptedException, NoResponderException, TimeoutException {
        NatsLink.Answer answer = link.request(subject, headers, body, timeout).orElseThrow(NoResponderException::new);
        return new Answer(answer.headers(), answer.body());
    }

    @Override
    public long maxPayload() {
        return link.maxPayload();
    }
}
