package io.switchboard.mailbox;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.UUID;

/**
 * What one user writes to another.
 *
 * @param id by which its recipient knows it again, should it arrive twice
 * @param recipient by login
 * @param sender by login
 * @param sentAt when it was accepted, in milliseconds since the epoch
 * @param expiresAt from when on nobody wants it any more, in milliseconds since the epoch
 * @param payload any JSON value
 * @param metadata the sender's own, a JSON object
 */
public record Letter(
        UUID id,
        String recipient,
        String sender,
        long sentAt,
        long expiresAt,
        String payload,
        Optional<String> metadata) {
    public Letter {
        requireNonNull(id, "id");
        requireNonNull(recipient, "recipient");
        requireNonNull(sender, "sender");
        requireNonNull(payload, "payload");
        requireNonNull(metadata, "metadata");
    }

    /** Bytes that count against quotas, roughly. */
    public int weight() {
        return payload.length() + metadata.map(String::length).orElse(0);
    }

    /** Without what it says. */
    @Override
    public String toString() {
        return "Letter[" + id + "]";
    }
}
