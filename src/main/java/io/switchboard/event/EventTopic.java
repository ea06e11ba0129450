package io.switchboard.event;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The bus topics on which internal services publish; the name is the bus address and the last segment of the HTTP path. */
public enum EventTopic {
    TREE,
    META,
    JOB,
    IDM,
    ACTIVITY,
    CHAT,
    AUTH,
    PUBLISH;

    private final String address = name().toLowerCase(Locale.ROOT);

    /** The name on the wire: such as {@code tree}. */
    public String address() {
        return address;
    }

    /** The topic of that name, if there is one. */
    public static Optional<EventTopic> of(String address) {
        for (EventTopic topic : values()) {
            if (topic.address.equals(address)) {
                return Optional.of(topic);
            }
        }
        return Optional.empty();
    }

    /** All names, for a message: {@code tree, meta, …}. */
    public static String addresses() {
        return Stream.of(values()).map(EventTopic::address).collect(Collectors.joining(", "));
    }
}
