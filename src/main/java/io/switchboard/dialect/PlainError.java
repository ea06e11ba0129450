package io.switchboard.dialect;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.switchboard.hub.Frame;

/** How an error looks to a client whose dialect is not known: {@code {"error":"…"}}. */
public final class PlainError {
    private PlainError() {}

    public static Frame of(String reason) {
        return Frame.text(
                "{\"error\":\"" + new String(JsonStringEncoder.getInstance().quoteAsString(reason)) + "\"}");
    }
}
