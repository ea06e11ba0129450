package io.switchboard.testing;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Text as a broken or hostile client sends it: random bytes, random JSON, and JSON that was damaged. */
public final class RandomText {
    private static final String[] WORDS = {
        "@type",
        "jwt",
        "subscribe",
        "unsubscribe",
        "command",
        "topic",
        "type",
        "CONNECT",
        "\\u0000",
        "ä",
        "😀",
        "",
        "\\n"
    };
    private static final String[] SCALARS = {
        "null",
        "true",
        "0",
        "-1",
        "1e999",
        "1e-999",
        "123456789012345678901234567890",
        "0.1",
        "NaN",
        "\"\\ud800\"",
        "01"
    };
    private static final int DEEPEST = 6;

    private final Random random;

    public RandomText(Random random) {
        this.random = random;
    }

    public String next() {
        return switch (random.nextInt(3)) {
            case 0 -> bytes();
            case 1 -> json(0);
            default -> damaged(json(0));
        };
    }

    private String bytes() {
        byte[] bytes = new byte[random.nextInt(64)];
        random.nextBytes(bytes);
        return new String(bytes, random.nextBoolean() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    private String damaged(String json) {
        StringBuilder text = new StringBuilder(json);
        for (int i = random.nextInt(3); i >= 0 && !text.isEmpty(); i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.setLength(at);
                case 1 -> text.deleteCharAt(at);
                default -> text.insert(at, (char) random.nextInt(0x3000));
            }
        }
        return text.toString();
    }

    private String json(int depth) {
        int kind = random.nextInt(depth > DEEPEST ? 2 : 5);
        return switch (kind) {
            case 0 -> SCALARS[random.nextInt(SCALARS.length)];
            case 1 -> word();
            case 2 -> {
                StringBuilder array = new StringBuilder("[");
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.append(json(depth + 1)).append(i > 1 ? "," : "");
                }
                yield array.append(']').toString();
            }
            default -> {
                StringBuilder object = new StringBuilder("{");
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.append(word()).append(':').append(json(depth + 1)).append(i > 1 ? "," : "");
                }
                yield object.append('}').toString();
            }
        };
    }

    private String word() {
        return '"' + WORDS[random.nextInt(WORDS.length)] + '"';
    }
}
