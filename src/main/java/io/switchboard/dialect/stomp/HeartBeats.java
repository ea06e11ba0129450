package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import io.switchboard.dialect.HeartBeat;
import io.switchboard.hub.Frame;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What both sides can do and want, as {@code heart-beat} says (STOMP 1.2, Heart-beating).
 *
 * @param own how often the server sends, and wants to hear, something; zero: never
 * @param canMillis how often the client can send something; 0: never
 * @param wantsMillis how often it wants to hear something; 0: never
 */
record HeartBeats(Duration own, long canMillis, long wantsMillis) {
    private static final Frame BEAT = Frame.text("\n");
    private static final Pattern HEADER = Pattern.compile("([0-9]{1,9}),([0-9]{1,9})");

    HeartBeats {
        requireNonNull(own, "own");
    }

    /** @throws BadFrameException it is not two numbers */
    static HeartBeats of(Duration own, Optional<String> header) throws BadFrameException {
        if (header.isEmpty()) {
            return new HeartBeats(own, 0, 0);
        }
        Matcher matcher = HEADER.matcher(header.get());
        if (!matcher.matches()) {
            throw new BadFrameException("send heart-beat as two numbers of milliseconds, such as 10000,10000");
        }
        return new HeartBeats(own, Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
    }

    /** What the server says. */
    String offer() {
        return own.toMillis() + "," + own.toMillis();
    }

    /** What follows for both; empty: nothing. */
    Optional<HeartBeat> agreed() {
        long every = agreed(wantsMillis);
        long within = agreed(canMillis);
        return every == 0 && within == 0
                ? Optional.empty()
                : Optional.of(new HeartBeat(BEAT, Duration.ofMillis(every), Duration.ofMillis(within)));
    }

    private long agreed(long theirMillis) {
        return own.isZero() || theirMillis == 0 ? 0 : Math.max(own.toMillis(), theirMillis);
    }
}
