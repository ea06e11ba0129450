package io.switchboard.ingress;

import io.switchboard.event.EventTopic;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which roles may publish on which topics. Immutable. */
public final class Publishers {
    private static final String DEFAULT_ROLE = "publisher";
    private static final String ALL = "*";

    private final Map<String, Set<String>> topics = new HashMap<>();

    /**
     * @param configured role to topics, {@code *} for all; empty: the role {@code publisher} may publish everything
     * @throws IllegalArgumentException a topic does not exist
     */
    public Publishers(Map<String, List<String>> configured) {
        Map<String, List<String>> rules = configured.isEmpty() ? Map.of(DEFAULT_ROLE, List.of(ALL)) : configured;
        rules.forEach((role, names) -> {
            for (String name : names) {
                if (!name.equals(ALL) && EventTopic.of(name).isEmpty()) {
                    throw new IllegalArgumentException("switchboard.auth.publishers." + role + ": there is no topic '"
                            + name + "'; topics are " + EventTopic.addresses() + ", or * for all");
                }
            }
            topics.put(role, new HashSet<>(names));
        });
    }

    /** Whether one of the roles may publish on the topic. */
    public boolean mayPublish(Collection<String> roles, EventTopic topic) {
        for (String role : roles) {
            Set<String> allowed = topics.getOrDefault(role, Set.of());
            if (allowed.contains(ALL) || allowed.contains(topic.address())) {
                return true;
            }
        }
        return false;
    }
}
