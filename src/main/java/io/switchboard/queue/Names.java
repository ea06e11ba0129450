package io.switchboard.queue;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** Names of queues and exchanges: whatever the case, it is the same name. Any thread. */
public final class Names {
    /** In characters. */
    private static final int LONGEST = 200;

    /** What somebody is told who said something else. */
    public static final QueueReply.Refused REFUSED =
            new QueueReply.Refused(400, "a name has 1 to " + LONGEST + " characters, none of them a control character");

    /** Enough that nobody guesses one. */
    private static final int RANDOM_BYTES = 16;

    private static final SecureRandom RANDOM = new SecureRandom();

    private Names() {}

    /** A name as it is kept; empty: it is none. */
    public static Optional<String> of(String text) {
        String name = text.toLowerCase(Locale.ROOT);
        boolean good =
                !name.isEmpty() && name.length() <= LONGEST && name.chars().noneMatch(Character::isISOControl);
        return good ? Optional.of(name) : Optional.empty();
    }

    /** Whether it may be one of {@link #random}. */
    static boolean isRandom(String name) {
        return name.length() == 2 * RANDOM_BYTES
                && name.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }

    /** One that nobody has. */
    public static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
