package io.switchboard.auth;

import java.util.concurrent.CompletionStage;

/** Fetches the text of a key set. Any thread; never blocks; ends within a bounded time. */
@FunctionalInterface
interface KeyFetch {
    CompletionStage<String> fetch();
}
