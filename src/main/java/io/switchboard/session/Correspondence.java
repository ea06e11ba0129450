package io.switchboard.session;

import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import java.util.concurrent.CompletionStage;

/** Takes what users write to each other. Any thread, never blocks it. */
@FunctionalInterface
public interface Correspondence {
    /**
     * Sends a message that its sender may send.
     *
     * @return {@link Reply.Delivered}, {@link Reply.Away} or {@link Reply.Failed}; never a failure of its own
     */
    CompletionStage<Reply> send(Publishing.Publisher sender, Command.Direct message);
}
