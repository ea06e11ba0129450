package io.switchboard.event;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Subjects;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the policies that say who may read metadata of a user: a JSON array of {@code {"Subject","Action","Effect"}}
 * (Cells dialect; {@code service.ResourcePolicy}), in which actions and effects are numbers or names. Only what is said of
 * reading counts. Pure, any thread.
 */
final class MetaPolicies {
    /** Where the policies are, in the metadata of the event's source. */
    static final String META = "pydio:meta-policies";

    /** By number. */
    private static final List<String> ACTIONS = List.of("ANY", "OWNER", "READ", "WRITE", "EDIT_RULES");

    private static final List<String> EFFECTS = List.of("deny", "allow");

    /** Each profile, and in it all those before: what is for the shared is for everyone with more rights, too. */
    private static final List<String> LADDER = List.of("anon", "shared", "standard", "admin");

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private MetaPolicies() {}

    /** Who may read; empty where anything in the policies is not as it should be. */
    static Optional<Guard.MayRead> read(String policies) {
        JsonNode json;
        try {
            json = MAPPER.readTree(policies);
        } catch (JsonProcessingException _) {
            return Optional.empty();
        }
        // A list that its publisher never made is null there.
        if (json == null || !(json.isArray() || json.isNull())) {
            return Optional.empty();
        }
        Builder denied = new Builder();
        Builder allowed = new Builder();
        for (JsonNode policy : json) {
            Optional<String> action = oneOf(ACTIONS, JsonFields.field(policy, "Action"));
            Optional<String> effect = oneOf(EFFECTS, JsonFields.field(policy, "Effect"));
            JsonNode subject = JsonFields.field(policy, "Subject");
            if (!policy.isObject() || action.isEmpty() || effect.isEmpty() || !subject.isTextual()) {
                return Optional.empty();
            }
            if (!action.get().equals("READ")) {
                continue;
            }
            boolean deny = effect.get().equals("deny");
            boolean known = (deny ? denied : allowed).add(subject.textValue());
            if (!known && deny) {
                // Who is meant cannot be said, so it may be anybody.
                denied.everyone = true;
            }
        }
        return Optional.of(new Guard.MayRead(denied.build(), allowed.build()));
    }

    /** A name, or its number; the first one where the field is absent. */
    private static Optional<String> oneOf(List<String> names, JsonNode value) {
        if (value.isMissingNode()) {
            return Optional.of(names.getFirst());
        }
        if (value.isIntegralNumber()) {
            return value.canConvertToInt() && value.intValue() >= 0 && value.intValue() < names.size()
                    ? Optional.of(names.get(value.intValue()))
                    : Optional.empty();
        }
        return value.isTextual() && names.contains(value.textValue())
                ? Optional.of(value.textValue())
                : Optional.empty();
    }

    private static final class Builder {
        private boolean everyone;
        private final Set<String> users = new HashSet<>();
        private final Set<String> roles = new HashSet<>();
        private final Set<String> profiles = new HashSet<>();

        /** Returns whether it is known who is meant. */
        boolean add(String subject) {
            if (subject.equals("*")) {
                everyone = true;
                return true;
            }
            int colon = subject.indexOf(':');
            String name = subject.substring(colon + 1);
            if (colon < 0 || name.isEmpty()) {
                return false;
            }
            return switch (subject.substring(0, colon)) {
                case "user" -> {
                    users.add(name);
                    yield true;
                }
                case "role" -> {
                    roles.add(name);
                    yield true;
                }
                case "profile" -> {
                    int rung = LADDER.indexOf(name);
                    profiles.addAll(rung < 0 ? List.of(name) : LADDER.subList(rung, LADDER.size()));
                    yield true;
                }
                default -> false;
            };
        }

        Subjects build() {
            return new Subjects(everyone, users, roles, profiles);
        }
    }
}
