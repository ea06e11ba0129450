package io.switchboard.admin;

/**
 * What was done to the messages of a work queue.
 *
 * @param messages to how many
 */
public record QueueActResult(int messages) {}
