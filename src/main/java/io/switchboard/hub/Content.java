package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** What a publication says. Byte arrays are handed over, not copied, and never changed. */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public sealed interface Content {
    /** About how many bytes it takes on the wire. */
    default int weight() {
        return switch (this) {
            case Event(byte[] json) -> json.length;
            case Message message ->
                message.payload().length
                        + message.metadata().map(bytes -> bytes.length).orElse(0)
                        + message.clientTopic().map(String::length).orElse(0);
            case Notification(byte[] json) -> json.length;
            case Presence(byte[] json) -> json.length;
            case Binary binary -> binary.frame().length + binary.payload().length;
            case Direct direct ->
                direct.payload().length
                        + direct.metadata().map(bytes -> bytes.length).orElse(0);
        };
    }

    /** The topic that receivers are told; empty: the one that it is found by. */
    default Optional<Topic> shownTopic() {
        return switch (this) {
            case Event _, Notification _, Presence _, Direct _ -> Optional.empty();
            case Message message -> Optional.of(message.shown());
            case Binary binary -> Optional.of(binary.shown());
        };
    }

    /**
     * An event of a family.
     *
     * @param json as internal services wrote it and the view sees it, UTF-8
     */
    record Event(byte[] json) implements Content {
        public Event {
            requireNonNull(json, "json");
        }
    }

    /**
     * What a client or a service said on a topic.
     *
     * @param shown the topic that receivers are told; where it went to an audience, not the one it is found by
     * @param payload any JSON value, UTF-8
     * @param metadata the sender's own, a JSON object, UTF-8
     * @param clientTopic what receivers are told in place of the topic, where their dialect lets a service choose that
     */
    record Message(Topic shown, byte[] payload, Optional<byte[]> metadata, Optional<String> clientTopic)
            implements Content {
        /** A sender's metadata, in bytes. */
        public static final int LONGEST_METADATA = 4096;

        /** The {@code priority} in the metadata of what is never conflated or thinned. */
        public static final String URGENT = "high";

        /** What the server says of a message, and nobody else. */
        public static final Set<String> OWN_METADATA = Set.of("sent_at", "message_id", "offset", "epoch");

        public Message {
            requireNonNull(shown, "shown");
            requireNonNull(payload, "payload");
            requireNonNull(metadata, "metadata");
            requireNonNull(clientTopic, "clientTopic");
        }

        /** One whose receivers are told its topic. */
        public Message(Topic shown, byte[] payload, Optional<byte[]> metadata) {
            this(shown, payload, metadata, Optional.empty());
        }
    }

    /**
     * What people are to read, whatever they look at.
     *
     * @param json level, title, message and actions: a JSON object, UTF-8
     */
    record Notification(byte[] json) implements Content {
        public Notification {
            requireNonNull(json, "json");
        }
    }

    /**
     * Bytes, which are not kept.
     *
     * @param shown the topic that receivers are told
     * @param frame the whole frame, for those who take binary frames
     * @param payload the same for everybody else: a JSON object, UTF-8
     */
    record Binary(Topic shown, byte[] frame, byte[] payload) implements Content {
        public Binary {
            requireNonNull(shown, "shown");
            requireNonNull(frame, "frame");
            requireNonNull(payload, "payload");
        }
    }

    /**
     * That a user came, left, or is called otherwise.
     *
     * @param json user_id, status, last_seen, metadata, topic and action, as far as they are known: a JSON object, UTF-8
     */
    record Presence(byte[] json) implements Content {
        public Presence {
            requireNonNull(json, "json");
        }
    }

    /**
     * What one user writes to another.
     *
     * @param id by which the receiver knows it again
     * @param sender by login
     * @param payload any JSON value, UTF-8
     * @param metadata the sender's own, a JSON object, UTF-8
     * @param frame the same for those who take binary frames, where it came as one
     */
    record Direct(UUID id, String sender, byte[] payload, Optional<byte[]> metadata, Optional<byte[]> frame)
            implements Content {
        public Direct {
            requireNonNull(id, "id");
            requireNonNull(sender, "sender");
            requireNonNull(payload, "payload");
            requireNonNull(metadata, "metadata");
            requireNonNull(frame, "frame");
        }
    }
}
