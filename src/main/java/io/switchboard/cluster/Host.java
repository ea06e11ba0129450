package io.switchboard.cluster;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * Decides about keys that this replica owns. Called on the loop of the cluster, only while this replica acts, and in the order in which
 * one replica sends; must not block.
 */
public interface Host {
    /**
     * Something of a replica has to do with the key from now on; or the fact about it is another one now.
     *
     * @param from the id of the replica
     * @param id of what it is there
     * @param again whether an owner of the key had said yes to it before, which is another replica now
     * @return what it is told; a failure: it does not attend
     */
    CompletionStage<byte[]> attended(String from, String key, String id, byte[] fact, boolean again);

    /**
     * That has nothing to do with the key any more.
     *
     * @param how what it says of that; empty: its replica is gone with all that it had
     */
    void left(String from, String key, String id, Optional<byte[]> how);

    /** Somebody asks about the key. */
    CompletionStage<byte[]> asked(String from, String key, byte[] question);

    /** Somebody says something about the key, and waits for nothing. */
    void told(String from, String key, byte[] news);

    /** Other replicas decide about these keys now: everything about them is to be forgotten, and nobody told. */
    void disowned(Predicate<String> keys);

    /** All replicas have said what they have to do with what this replica owns: whoever did not attend again is gone. */
    void settled();
}
