/** How long an event is on its way, and in which trace. Knows OpenTelemetry, so that nobody else needs to. */
package io.switchboard.trace;
