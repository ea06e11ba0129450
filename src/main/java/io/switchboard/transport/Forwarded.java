package io.switchboard.transport;

import io.switchboard.transport.TrustedProxies.Hop;
import io.switchboard.transport.TrustedProxies.MalformedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the header {@code Forwarded} (RFC 7239, 4). */
final class Forwarded {
    private static final String TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~";
    /** Addresses and ports are to be quoted; some proxies do not, and nothing else can be meant. */
    private static final String VALUE_CHARACTERS = TOKEN_CHARACTERS + ":[]";

    private final String text;
    private int at;

    private Forwarded(String text) {
        this.text = text;
    }

    /** What the lines of the header say, the last proxy's first. */
    static Iterator<Hop> hops(List<String> lines) throws MalformedException {
        List<Hop> hops = new ArrayList<>();
        for (String line : lines) {
            new Forwarded(line).read(hops);
        }
        return hops.reversed().iterator();
    }

    private void read(List<Hop> into) throws MalformedException {
        do {
            Map<String, String> pairs = new HashMap<>();
            do {
                pair(pairs);
            } while (skip(';'));
            if (!pairs.isEmpty()) {
                into.add(new Hop(
                        Optional.ofNullable(pairs.get("for")),
                        Optional.ofNullable(pairs.get("host")),
                        Optional.ofNullable(pairs.get("proto"))));
            }
        } while (skip(','));
        if (at < text.length()) {
            throw new MalformedException();
        }
    }

    private void pair(Map<String, String> into) throws MalformedException {
        blanks();
        String name = token(TOKEN_CHARACTERS);
        if (name.isEmpty()) {
            // lists and elements may have empty parts
            return;
        }
        if (!skip('=')) {
            throw new MalformedException();
        }
        String value = at < text.length() && text.charAt(at) == '"' ? quoted() : token(VALUE_CHARACTERS);
        if (value.isEmpty() || into.put(name.toLowerCase(Locale.ROOT), value) != null) {
            throw new MalformedException();
        }
        blanks();
    }

    private String token(String beside) {
        int from = at;
        while (at < text.length() && (isAlphanumeric(text.charAt(at)) || beside.indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        return text.substring(from, at);
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private String quoted() throws MalformedException {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\') {
                at++;
            }
            if (at < text.length()) {
                value.append(text.charAt(at));
                at++;
            }
        }
        if (!skip('"')) {
            throw new MalformedException();
        }
        return value.toString();
    }

    private boolean skip(char c) {
        boolean found = at < text.length() && text.charAt(at) == c;
        if (found) {
            at++;
        }
        return found;
    }

    private void blanks() {
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
    }
}
