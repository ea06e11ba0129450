package io.switchboard.cluster.state;

import io.switchboard.cluster.Member;
import io.switchboard.cluster.Membership;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What others were told about keys that this replica will own when their owner is gone: so that it can tell what is not so any
 * more. On the loop of the cluster.
 *
 * @param <T> what was told
 */
final class Heard<T> {
    /** Keys about which something is remembered; of more nothing is. */
    static final int MOST = 100_000;

    private final Membership membership;
    private final Map<String, T> byKey = new HashMap<>();

    Heard(Membership membership) {
        this.membership = membership;
    }

    /** Remembers it where this replica is the heir. */
    void note(String key, T told) {
        if (isMe(membership.view().heirOf(key))) {
            put(key, told);
        }
    }

    /** Remembers it for whatever the next view says. */
    void put(String key, T told) {
        if (byKey.containsKey(key) || byKey.size() < MOST) {
            byKey.put(key, told);
        }
    }

    Optional<T> of(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    void forget(String key) {
        byKey.remove(key);
    }

    /** Takes out what is about keys that this replica owns now; what is somebody else's to inherit is forgotten. */
    List<T> inherit() {
        List<T> inherited = new ArrayList<>();
        for (Iterator<Map.Entry<String, T>> i = byKey.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<String, T> one = i.next();
            if (isMe(membership.view().ownerOf(one.getKey()))) {
                inherited.add(one.getValue());
                i.remove();
            } else if (!isMe(membership.view().heirOf(one.getKey()))) {
                i.remove();
            }
        }
        return inherited;
    }

    void clear() {
        byKey.clear();
    }

    int size() {
        return byKey.size();
    }

    private boolean isMe(Optional<Member> member) {
        return member.isPresent() && member.get().id().equals(membership.self());
    }
}
