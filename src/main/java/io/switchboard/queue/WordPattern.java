package io.switchboard.queue;

/** The patterns of topic exchanges: {@code *} is one word, {@code #} any number of them (AMQP 0-9-1, 3.1.3.3). */
final class WordPattern {
    private WordPattern() {}

    /** Goes back to the last {@code #} only, so the work is bounded by the product of both lengths. */
    static boolean matches(String pattern, String key) {
        String[] wanted = words(pattern);
        String[] words = words(key);
        int at = 0;
        int word = 0;
        int many = -1;
        int tried = 0;
        while (word < words.length) {
            if (at < wanted.length && wanted[at].equals("#")) {
                many = at++;
                tried = word;
            } else if (at < wanted.length && (wanted[at].equals("*") || wanted[at].equals(words[word]))) {
                at++;
                word++;
            } else if (many >= 0) {
                at = many + 1;
                word = ++tried;
            } else {
                return false;
            }
        }
        while (at < wanted.length && wanted[at].equals("#")) {
            at++;
        }
        return at == wanted.length;
    }

    /** No text has no words. */
    private static String[] words(String text) {
        return text.isEmpty() ? new String[0] : text.split("\\.", -1);
    }
}
