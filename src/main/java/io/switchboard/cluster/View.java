package io.switchboard.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;

/**
 * Who is in the cluster, as all of them agree. Of each key one member is the owner: the same for everybody who knows the view, and
 * another one only where that member came or went (rendezvous hashing). Immutable.
 *
 * @param version grows from view to view; 0: nobody knows yet, and nobody owns anything
 */
public record View(long version, List<Member> members) {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** Before anything is known. */
    public static final View NONE = new View(0, List.of());

    public View {
        members = List.copyOf(members);
    }

    /** The member with that id. */
    public Optional<Member> member(String id) {
        for (Member member : members) {
            if (member.id().equals(id)) {
                return Optional.of(member);
            }
        }
        return Optional.empty();
    }

    /** Who decides about what has this key; empty: nobody yet. */
    public Optional<Member> ownerOf(String key) {
        return ownerOf(key, Optional.empty());
    }

    /** Who will decide about it when the owner is gone; empty: there is nobody else. */
    public Optional<Member> heirOf(String key) {
        return ownerOf(key, ownerOf(key));
    }

    private Optional<Member> ownerOf(String key, Optional<Member> except) {
        long keyHash = hash(FNV_OFFSET, key);
        Member best = null;
        long bestScore = 0;
        for (Member member : members) {
            if (except.isPresent() && except.get().equals(member)) {
                continue;
            }
            // by id, so that a member that lost its lease for a moment owns the same again
            long score = mixed(hash(keyHash, member.id()));
            if (best == null
                    || Long.compareUnsigned(score, bestScore) > 0
                    || (score == bestScore && member.id().compareTo(best.id()) < 0)) {
                best = member;
                bestScore = score;
            }
        }
        return Optional.ofNullable(best);
    }

    private static long hash(long seed, String text) {
        long hash = seed;
        for (byte one : text.getBytes(UTF_8)) {
            hash = (hash ^ (one & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    /** So that every bit counts (the finalizer of MurmurHash3). */
    private static long mixed(long hash) {
        long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
