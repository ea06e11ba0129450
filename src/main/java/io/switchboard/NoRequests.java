package io.switchboard;

import io.switchboard.service.RequestBus;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** There is no NATS. */
final class NoRequests implements RequestBus {
    @Override
    public Answer request(String subject, Map<String, String> headers, byte[] body, Duration timeout)
            throws IOException {
        throw new IOException("there is no NATS");
    }

    @Override
    public boolean configured() {
        return false;
    }

    @Override
    public long maxPayload() {
        return 0;
    }
}
