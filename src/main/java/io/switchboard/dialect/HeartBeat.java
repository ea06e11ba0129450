package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Frame;
import java.time.Duration;

/**
 * How client and server notice that the other is gone.
 *
 * @param frame what says that the server is there
 * @param every how often it is sent; zero: never
 * @param within how often something is to come from the client; zero: nothing has to
 */
public record HeartBeat(Frame frame, Duration every, Duration within) {
    public HeartBeat {
        requireNonNull(frame, "frame");
        requireNonNull(every, "every");
        requireNonNull(within, "within");
    }
}
