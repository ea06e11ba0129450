package io.switchboard;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What a native binary has to keep because it is looked up by name: the caches that Caffeine generated for the options that
 * are used here, and their entries. Nothing else is: JSON is read as trees, never bound to classes.
 */
@RegisterForReflection(
        classNames = {
            // ClaimsCache: maximumSize, expireAfter
            "com.github.benmanes.caffeine.cache.SSMSA",
            // IdempotencyWindow, ActorTokens, Presences, SockJsRoutes: maximumSize, expireAfterWrite
            "com.github.benmanes.caffeine.cache.SSMSW",
            // the entries of both
            "com.github.benmanes.caffeine.cache.PSWMS",
            // MessageFamily, ChatRooms, SqlMailStore, DeliveryPolicies, PresenceTopics: maximumSize
            "com.github.benmanes.caffeine.cache.SSMS",
            "com.github.benmanes.caffeine.cache.PSMS",
            // those of caches that are asked without waiting
            "com.github.benmanes.caffeine.cache.PSMW",
            // Replay: maximumWeight, expireAfterWrite
            "com.github.benmanes.caffeine.cache.SSMWW",
            "com.github.benmanes.caffeine.cache.PSWMW",
            // StompDialect, SockJsConversation: weak interners, whose entries need nothing
            "com.github.benmanes.caffeine.cache.WS"
        })
final class NativeRegistrations {
    private NativeRegistrations() {}
}
