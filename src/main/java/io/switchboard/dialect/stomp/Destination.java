package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.TopicName;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Topic;
import java.util.Optional;

/** What a client may subscribe to. */
sealed interface Destination {
    String TOPIC = "/topic/";

    String USER = "/user/";

    /** The topics of a pattern. */
    record Topics(TopicName name, Separator separator) implements Destination {
        public Topics {
            requireNonNull(name, "name");
            requireNonNull(separator, "separator");
        }
    }

    /** What is for the user or the session alone and comes from the server itself. */
    enum Own implements Destination {
        /** What users write to the user. */
        MESSAGES("queue/messages"),
        NOTIFICATIONS("queue/notifications"),
        /** Answers of services. */
        REPLIES("queue/replies"),
        /** What the server says of the session. */
        NOTICES("queue/notices"),
        REGISTRATION("topic/registration"),
        AUTHORIZATION("topic/authorization");

        private final String text;

        Own(String path) {
            this.text = USER + path;
        }

        /** As on the wire. */
        String text() {
            return text;
        }

        private static Optional<Own> of(String text) {
            for (Own own : values()) {
                if (own.text.equals(text)) {
                    return Optional.of(own);
                }
            }
            return Optional.empty();
        }
    }

    /** What services send to the user, or to audiences that the user is of, on a topic of that name. */
    record Personal(Topic topic) implements Destination {
        private static final String QUEUE = USER + "queue/";
        private static final String TOPICS = USER + "topic/";

        public Personal {
            requireNonNull(topic, "topic");
        }
    }

    /**
     * What a client names.
     *
     * @throws InvalidTopicException it is none; the message says what to do
     */
    static Destination of(String text) throws InvalidTopicException {
        if (text.startsWith(TOPIC)) {
            String name = text.substring(TOPIC.length());
            Separator separator = Separator.of(name);
            return new Topics(new TopicName(text, separator.syntax().pattern(name)), separator);
        }
        Optional<Own> own = Own.of(text);
        if (own.isPresent()) {
            return own.get();
        }
        for (String prefix : new String[] {Personal.QUEUE, Personal.TOPICS}) {
            if (text.startsWith(prefix)) {
                return new Personal(topic(text.substring(prefix.length())));
            }
        }
        throw new InvalidTopicException(
                "subscribe to " + TOPIC + "…, " + Personal.QUEUE + "… or " + Personal.TOPICS + "…");
    }

    /**
     * Reads what stands behind {@code /topic/}.
     *
     * @throws InvalidTopicException it is none, or a pattern
     */
    static Topic topic(String text) throws InvalidTopicException {
        return Separator.of(text).syntax().topic(text);
    }
}
