/**
 * Calls of clients to internal services, on whose behalf they run, and what services are told about sessions. Knows nothing of
 * sockets, sessions and dialects: a session calls {@link io.switchboard.service.Services} and says what became of it in its
 * dialect.
 */
package io.switchboard.service;
