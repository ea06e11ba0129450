/** What operators and services do to sessions and ask about them, on all replicas. */
package io.switchboard.cluster.session;
