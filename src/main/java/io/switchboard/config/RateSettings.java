package io.switchboard.config;

import java.util.Map;

/** The rates of commands by type. */
public final class RateSettings {
    private RateSettings() {}

    /** All of them, by the name of the type in settings. */
    public static Map<String, SwitchboardConfig.Rate> byType(SwitchboardConfig.Rates rates) {
        return Map.of(
                "broadcast", rates.broadcast(),
                "direct", rates.direct(),
                "subscribe", rates.subscribe(),
                "history", rates.history(),
                "presence", rates.presence(),
                "call", rates.call(),
                "queue", rates.queue());
    }
}
