/** The commands of {@code ./switchboard} that are written in Java: keys, tokens and events for development. */
package io.switchboard.dev.cli;
