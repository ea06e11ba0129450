package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.dialect.Dialect;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Topic;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * An event that is looked at once more, by what sessions held when it was new. Immutable, any thread.
 *
 * @param offset its place
 * @param placedAt when it got it, in milliseconds since the epoch
 * @param publications what it is to one with these claims
 */
public record Trial(long offset, long placedAt, Function<Claims, List<Publication>> publications) {
    public Trial {
        requireNonNull(publications, "publications");
    }

    /** Why it was not for a session; or what of it was. */
    record Finding(Optional<Verdict.Outcome> against, List<Publication> meant) {
        Finding {
            meant = List.copyOf(meant);
        }

        boolean mayBeReplaced() {
            return meant.stream().allMatch(one -> one.policy() == Policy.LATEST);
        }
    }

    /** @param permits which guards the session passes */
    Finding of(UUID session, Dialect dialect, Claims claims, List<Pattern> patterns, Predicate<Guard> permits) {
        if (claims.expiresAt().toEpochMilli() <= placedAt) {
            return new Finding(Optional.of(Verdict.Outcome.EXPIRED), List.of());
        }
        List<Publication> allowed = publications.apply(claims).stream()
                .filter(one -> permits.test(one.guard()))
                .toList();
        if (allowed.isEmpty()) {
            return new Finding(Optional.of(Verdict.Outcome.NO_CLAIM), List.of());
        }
        Set<Topic> implied = dialect.impliedTopics(session, claims);
        List<Publication> meant = allowed.stream()
                .filter(one -> isSubscribed(one.topic(), dialect, implied, patterns))
                .toList();
        return meant.isEmpty()
                ? new Finding(Optional.of(Verdict.Outcome.NOT_SUBSCRIBED), List.of())
                : new Finding(Optional.empty(), meant);
    }

    private static boolean isSubscribed(Topic topic, Dialect dialect, Set<Topic> implied, List<Pattern> patterns) {
        boolean impliedHere = implied.contains(topic)
                && (!dialect.hasSubscriptions() || topic.kind().isOfAudience());
        return impliedHere || patterns.stream().anyMatch(pattern -> pattern.matches(topic));
    }
}
