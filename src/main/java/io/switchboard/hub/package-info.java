/**
 * Who wants a publication, and who may have it. Each event loop has its {@link io.switchboard.hub.Shard}, touched by that
 * loop only; the {@link io.switchboard.hub.Hub} knows which shards to visit. Knows no dialect and no engine.
 */
package io.switchboard.hub;
