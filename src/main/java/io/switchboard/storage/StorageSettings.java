package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.config.SwitchboardConfig;
import java.time.Duration;

/**
 * Bounds.
 *
 * @param queueCommands changes that may wait; 0: no bound
 * @param queueBytes the same in bytes
 * @param readers threads that read
 * @param timeout how long a caller waits at most
 * @param keepMessages of each room; 0: all
 * @param keepAge zero: for ever
 */
public record StorageSettings(
        int queueCommands, long queueBytes, int readers, Duration timeout, int keepMessages, Duration keepAge) {
    public StorageSettings {
        requireNonNull(timeout, "timeout");
        requireNonNull(keepAge, "keepAge");
        if (readers < 1 || timeout.toMillis() < 1) {
            throw new IllegalArgumentException("no reader, or no time");
        }
    }

    public static StorageSettings of(SwitchboardConfig config) {
        SwitchboardConfig.Storage storage = config.storage();
        return new StorageSettings(
                storage.queueCommands(),
                storage.queueBytes().asLongValue(),
                storage.readers(),
                storage.timeout(),
                config.chat().keepMessages(),
                config.chat().keepAge());
    }
}
