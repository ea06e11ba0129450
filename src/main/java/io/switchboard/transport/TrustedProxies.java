package io.switchboard.transport;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Who asks, as far as proxies that are trusted tell it: in {@code Forwarded} (RFC 7239) or in {@code X-Forwarded-For},
 * {@code -Host} and {@code -Proto}.
 *
 * <p>Each proxy adds to the right what it saw. So the headers are read from the right, for as long as the one who wrote is
 * trusted: what a client wrote itself is never reached. Any thread.
 */
final class TrustedProxies {
    /**
     * Who asks.
     *
     * @param address what counts as one address: of an IPv6 address its network, since a client has all of that
     * @param host the host and port that the client named
     * @param scheme {@code http} or {@code https}, where a proxy told
     */
    record Client(String address, Optional<String> host, Optional<String> scheme) {}

    /** What one proxy wrote of the peer that it had. */
    record Hop(Optional<String> node, Optional<String> host, Optional<String> scheme) {}

    private static final String X_FORWARDED_FOR = "X-Forwarded-For";
    private static final int IPV6_NETWORK_BYTES = 8;

    private final List<IpSubnetFilterRule> trusted;

    /**
     * @param trusted addresses, and networks such as {@code 10.0.0.0/8}
     * @throws IllegalArgumentException an entry is neither
     */
    TrustedProxies(List<String> trusted) {
        this.trusted = trusted.stream().map(TrustedProxies::rule).toList();
    }

    private static IpSubnetFilterRule rule(String entry) {
        String[] parts = entry.strip().split("/", 2);
        try {
            InetAddress address = literal(parts[0]);
            int bits = 8 * address.getAddress().length;
            int prefix = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
            return new IpSubnetFilterRule(address, prefix, IpFilterRuleType.ACCEPT);
        } catch (MalformedException | IllegalArgumentException _) {
            throw new IllegalArgumentException("switchboard.proxy.trusted: '" + entry
                    + "' is neither an address nor a network; write it like 10.1.2.3 or 10.0.0.0/8");
        }
    }

    /**
     * Who asks.
     *
     * @param peer the other end of the connection
     * @return empty: a proxy that is trusted wrote what cannot be read, or two headers that contradict each other
     */
    Optional<Client> clientOf(InetAddress peer, MultiMap headers) {
        Optional<String> host = Optional.ofNullable(headers.get(HttpHeaders.HOST));
        if (!trusts(peer)) {
            return Optional.of(new Client(key(peer), host, Optional.empty()));
        }
        try {
            Client byStandard = follow(peer, host, Forwarded.hops(headers.getAll("Forwarded")));
            Client byCustom = follow(peer, host, customHops(headers));
            if (!headers.contains("Forwarded")) {
                return Optional.of(byCustom);
            }
            // A proxy that writes only one of them may pass the other on as the client wrote it.
            return headers.contains(X_FORWARDED_FOR) && !byCustom.address().equals(byStandard.address())
                    ? Optional.empty()
                    : Optional.of(byStandard);
        } catch (MalformedException _) {
            return Optional.empty();
        }
    }

    private boolean trusts(InetAddress address) {
        InetSocketAddress withPort = new InetSocketAddress(address, 0);
        for (IpSubnetFilterRule rule : trusted) {
            if (rule.matches(withPort)) {
                return true;
            }
        }
        return false;
    }

    /** @param hops the last proxy's first */
    private Client follow(InetAddress peer, Optional<String> hostHeader, Iterator<Hop> hops) throws MalformedException {
        InetAddress client = peer;
        Optional<String> host = hostHeader;
        Optional<String> scheme = Optional.empty();
        boolean further = true;
        while (further && hops.hasNext()) {
            Hop hop = hops.next();
            host = hop.host().isPresent() ? hop.host() : host;
            scheme = hop.scheme();
            Optional<InetAddress> node =
                    hop.node().isEmpty() ? Optional.empty() : address(hop.node().get());
            // One whom the proxy does not name is not known: the proxy itself stands for everyone behind it.
            further = node.isPresent() && trusts(node.get());
            client = node.orElse(client);
        }
        return new Client(key(client), host, scheme.isPresent() ? Optional.of(scheme(scheme.get())) : scheme);
    }

    private static Iterator<Hop> customHops(MultiMap headers) {
        List<String> nodes = fromTheRight(headers.getAll(X_FORWARDED_FOR));
        List<String> hosts = fromTheRight(headers.getAll("X-Forwarded-Host"));
        List<String> schemes = fromTheRight(headers.getAll("X-Forwarded-Proto"));
        List<Hop> hops = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            hops.add(new Hop(Optional.of(nodes.get(i)), furthest(hosts, i), furthest(schemes, i)));
        }
        return hops.iterator();
    }

    /** Often only the first proxy writes them, whatever the number of proxies. */
    private static Optional<String> furthest(List<String> values, int hop) {
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(Math.min(hop, values.size() - 1)));
    }

    private static List<String> fromTheRight(List<String> lines) {
        return lines.stream()
                .flatMap(line -> Arrays.stream(line.split(",", -1)))
                .map(String::strip)
                .toList()
                .reversed();
    }

    private static String scheme(String text) throws MalformedException {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "http", "ws" -> "http";
            case "https", "wss" -> "https";
            default -> throw new MalformedException();
        };
    }

    /** The node of RFC 7239, 6; empty: the proxy does not want to tell. X-Forwarded-For leaves the brackets out. */
    private static Optional<InetAddress> address(String node) throws MalformedException {
        if (node.equalsIgnoreCase("unknown") || node.startsWith("_")) {
            return Optional.empty();
        }
        int end = node.startsWith("[") ? node.indexOf(']') + 1 : node.indexOf(':');
        if (end > 0 && (node.startsWith("[") || node.indexOf(':', end + 1) < 0)) {
            if (!node.substring(end).matches("(:([0-9]{1,5}|_[A-Za-z0-9._-]+))?")) {
                throw new MalformedException();
            }
            String host = node.substring(0, end);
            return Optional.of(literal(host.startsWith("[") ? host.substring(1, host.length() - 1) : host));
        }
        return Optional.of(literal(node));
    }

    /** Never asks a name server. */
    private static InetAddress literal(String text) throws MalformedException {
        byte[] bytes = text.indexOf('%') < 0 ? NetUtil.createByteArrayFromIpAddressString(text) : null;
        if (bytes == null) {
            throw new MalformedException();
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException _) {
            throw new MalformedException();
        }
    }

    /** One customer has a network of 64 bits at least (RFC 6177), so its addresses count as one. */
    static String key(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(address.getAddress(), IPV6_NETWORK_BYTES), 16);
        try {
            return InetAddress.getByAddress(network).getHostAddress() + "/64";
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The header is not as it must be. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException() {
            super("malformed", null, false, false);
        }
    }
}
