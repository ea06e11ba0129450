package io.switchboard.service;

import java.util.regex.Pattern;

/**
 * The name of a service, or a pattern that ends in {@code *} and stands for every name that goes on there. Names are words of
 * letters, digits, {@code _} and {@code -}, with {@code .}, {@code :} or {@code /} between them: they can stand in an address, a
 * token and a header as they are.
 */
record NamePattern(String text) {
    /** Longest name, in characters. */
    static final int LONGEST = 200;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+(?:[.:/][A-Za-z0-9_-]+)*");

    NamePattern {
        if (!isPattern(text)) {
            throw new IllegalArgumentException("not the name of a service, nor a pattern such as orders.*");
        }
    }

    /** Whether a call may have that name. */
    static boolean isName(String text) {
        return text.length() <= LONGEST && NAME.matcher(text).matches();
    }

    /** Whether this is a name, or a pattern. */
    static boolean isPattern(String text) {
        return isName(text) || text.equals("*") || (text.matches(".+[.:/]\\*") && isName(prefix(text, 2)));
    }

    private static String prefix(String text, int without) {
        return text.substring(0, text.length() - without);
    }

    /** Whether it stands for one name only. */
    boolean isExact() {
        return !text.endsWith("*");
    }

    boolean matches(String name) {
        return isExact() ? name.equals(text) : name.length() >= text.length() && name.startsWith(prefix(text, 1));
    }

    /** Of two patterns for a name the one that says more of it. */
    int specificity() {
        return text.length();
    }
}
