/** How events come in: over HTTP and the event bus of the process. All ways meet in one place and validate once. */
package io.switchboard.ingress;
