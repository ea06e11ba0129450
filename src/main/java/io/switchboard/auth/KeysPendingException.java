package io.switchboard.auth;

import java.util.concurrent.CompletionStage;

/** Not an outcome: the keys for a token are being fetched, and it is to be looked at again afterwards. */
final class KeysPendingException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient CompletionStage<Void> fetched;

    KeysPendingException(CompletionStage<Void> fetched) {
        super("keys are being fetched", null, false, false);
        this.fetched = fetched;
    }

    CompletionStage<Void> fetched() {
        return fetched;
    }
}
