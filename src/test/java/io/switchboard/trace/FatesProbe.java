package io.switchboard.trace;

import io.switchboard.hub.Ledger;
import io.switchboard.log.Position;
import java.time.Clock;

/** Begins fates where there is no log. */
public final class FatesProbe {
    private final Fates fates;

    public FatesProbe(int events, Clock clock) {
        this.fates = new Fates(events, clock);
    }

    public Ledger ledger() {
        return fates;
    }

    public void begin(Position position) {
        fates.begin(position);
    }

    public Fate of(long offset) {
        return fates.find("e", offset).orElseThrow();
    }
}
