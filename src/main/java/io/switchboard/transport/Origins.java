package io.switchboard.transport;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which pages may open a socket (RFC 6455, 10.2): those of the host and port that the socket is opened to, and those
 * listed. Without this check any page could use the browser of somebody who is signed in elsewhere.
 */
final class Origins {
    private static final String ANY = "*";

    private final boolean any;
    private final Set<String> listed;
    private final boolean required;

    /**
     * @param listed origins such as {@code https://files.example.org}, or {@code *}
     * @param required whether a request without an origin is refused
     * @throws IllegalArgumentException an entry is not an origin
     */
    Origins(List<String> listed, boolean required) {
        this.any = listed.contains(ANY);
        this.listed = new TreeSet<>();
        for (String origin : listed) {
            if (!origin.equals(ANY)) {
                this.listed.add(Origin.parse(origin)
                        .orElseThrow(() -> new IllegalArgumentException("switchboard.origins: '" + origin
                                + "' is not an origin; write it like https://files.example.org:8443"))
                        .toString());
            }
        }
        this.required = required;
    }

    /**
     * Whether a request may upgrade.
     *
     * @param origin its Origin header
     * @param host the host and port that it names
     * @param scheme http or https, where that is known
     */
    boolean allows(Optional<String> origin, Optional<String> host, Optional<String> scheme) {
        if (origin.isEmpty()) {
            return !required;
        }
        if (any) {
            return true;
        }
        Optional<Origin> parsed = Origin.parse(origin.get());
        return parsed.isPresent()
                && (listed.contains(parsed.get().toString())
                        || (host.isPresent()
                                && scheme.orElse(parsed.get().scheme())
                                        .equals(parsed.get().scheme())
                                && parsed.get().isOf(host.get())));
    }

    private record Origin(String scheme, String host, int port) {
        /**
         * The form of RFC 6454, 6.2. Wider than {@link java.net.URI}, which knows no host with an underscore: inside
         * companies they exist, and browsers open them.
         */
        private static final Pattern SERIALIZED =
                Pattern.compile("(https?)://([a-z0-9._~-]+|\\[[0-9a-f:.]+])(?::([0-9]{1,5}))?");

        static Optional<Origin> parse(String text) {
            Matcher matcher = SERIALIZED.matcher(text.strip().toLowerCase(Locale.ROOT));
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String scheme = matcher.group(1);
            int defaultPort = scheme.equals("https") ? 443 : 80;
            String port = matcher.group(3);
            return Optional.of(
                    new Origin(scheme, matcher.group(2), port == null ? defaultPort : Integer.parseInt(port)));
        }

        /**
         * A Host header without a port means the default one of the scheme that the browser used, which behind a proxy
         * only the origin tells.
         */
        boolean isOf(String hostHeader) {
            return parse(scheme + "://" + hostHeader).filter(this::equals).isPresent();
        }

        @Override
        public String toString() {
            return scheme + "://" + host + ":" + port;
        }
    }
}
