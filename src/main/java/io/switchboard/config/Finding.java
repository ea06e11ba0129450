package io.switchboard.config;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Something about the settings that an operator should know.
 *
 * @param id stays the same over releases; docs/operations.md explains it
 * @param settings those that it is about
 * @param advice one sentence: what is the matter and what to do; holds no value that could be a secret
 */
record Finding(String id, Severity severity, List<String> settings, String advice) {
    /** What becomes of it. */
    enum Severity {
        /** The process does not start. */
        ERROR,
        /** Unsafe or contradictory; logged once at the start. */
        WARNING,
        /** To be known; logged once at the start. */
        NOTE
    }

    Finding {
        requireNonNull(id, "id");
        requireNonNull(severity, "severity");
        settings = List.copyOf(settings);
        requireNonNull(advice, "advice");
    }
}
