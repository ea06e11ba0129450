package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.NetUtil;
import io.switchboard.transport.TrustedProxies.Client;
import io.vertx.core.MultiMap;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 10.0.0.0/8, 192.0.2.7 and 2001:db8:1::/48 are trusted. */
class TrustedProxiesTest {
    private static final TrustedProxies PROXIES =
            new TrustedProxies(List.of("10.0.0.0/8", " 192.0.2.7", "2001:db8:1::/48"));

    private static InetAddress ip(String text) {
        try {
            return InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(text));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** @param headers lines such as {@code Forwarded: for=1.2.3.4}, separated by {@code ~} */
    private static Optional<Client> client(String peer, String headers) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap().add("Host", "inner:5050");
        if (!headers.isEmpty()) {
            for (String line : headers.split("~", -1)) {
                String[] parts = line.split(":", 2);
                map.add(parts[0].strip(), parts[1].strip());
            }
        }
        return PROXIES.clientOf(ip(peer), map);
    }

    @ParameterizedTest
    @ValueSource(strings = {"11.0.0.1", "192.0.2.6", "192.0.2.8", "2001:db8:2::1", "127.0.0.1", "::1"})
    void shouldBelieveNobodyWhoIsNotTrusted(String peer) {
        String headers = "Forwarded: for=1.2.3.4;host=evil.example;proto=https~X-Forwarded-For: 1.2.3.4"
                + "~X-Forwarded-Host: evil.example~X-Forwarded-Proto: https";
        assertThat(client(peer, headers))
                .contains(new Client(TrustedProxies.key(ip(peer)), Optional.of("inner:5050"), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # peer            | headers                                                          | address
            10.1.2.3          | ''                                                               | 10.1.2.3
            10.1.2.3          | Forwarded: for=1.2.3.4                                           | 1.2.3.4
            192.0.2.7         | Forwarded: for=1.2.3.4                                           | 1.2.3.4
            2001:db8:1:9::5   | Forwarded: for=1.2.3.4                                           | 1.2.3.4
            ::ffff:10.0.0.1   | Forwarded: for=1.2.3.4                                           | 1.2.3.4
            10.1.2.3          | forwarded: FOR="1.2.3.4:4711";by=_x;proto=http                   | 1.2.3.4
            10.1.2.3          | Forwarded: for="1.2.3.4:_port"                                   | 1.2.3.4
            10.1.2.3          | Forwarded: for=1.2.3.4:80                                        | 1.2.3.4
            10.1.2.3          | Forwarded: for="[2001:db8:5:6:7::8]:4711"                        | 2001:db8:5:6:0:0:0:0/64
            10.1.2.3          | Forwarded: for=[2001:db8:5:6::1]                                 | 2001:db8:5:6:0:0:0:0/64
            10.1.2.3          | Forwarded: for=6.6.6.6, for=1.2.3.4                              | 1.2.3.4
            10.1.2.3          | Forwarded: for=6.6.6.6~Forwarded: for=1.2.3.4                    | 1.2.3.4
            10.1.2.3          | Forwarded: for=6.6.6.6, for=1.2.3.4, for=10.9.9.9                | 1.2.3.4
            10.1.2.3          | Forwarded: for=garbage, for=1.2.3.4                              | 1.2.3.4
            10.1.2.3          | Forwarded: for="a\\"b,c", for=1.2.3.4                            | 1.2.3.4
            10.1.2.3          | Forwarded: , ;for=1.2.3.4; , ,                                   | 1.2.3.4
            10.1.2.3          | Forwarded: for=10.3.3.3, for=10.2.2.2                            | 10.3.3.3
            10.1.2.3          | Forwarded: for=1.2.3.4, for=unknown                              | 10.1.2.3
            10.1.2.3          | Forwarded: for=1.2.3.4, for=_hidden                              | 10.1.2.3
            10.1.2.3          | Forwarded: for=1.2.3.4, by=10.1.2.3                              | 10.1.2.3
            10.1.2.3          | Forwarded: for=1.2.3.4, for=_hidden, for=10.5.5.5                | 10.5.5.5
            10.1.2.3          | X-Forwarded-For: 1.2.3.4                                         | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: 6.6.6.6, 1.2.3.4                                | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: garbage, 1.2.3.4 , 10.2.2.2                     | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: 6.6.6.6~X-Forwarded-For: 1.2.3.4                | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: 1.2.3.4:4711                                    | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: 2001:db8:5:6:7::8                               | 2001:db8:5:6:0:0:0:0/64
            10.1.2.3          | X-Forwarded-For: [2001:db8:5:6:7::8]:4711                        | 2001:db8:5:6:0:0:0:0/64
            10.1.2.3          | X-Forwarded-For: ::ffff:1.2.3.4                                  | 1.2.3.4
            10.1.2.3          | X-Forwarded-For: 1.2.3.4, unknown                                | 10.1.2.3
            10.1.2.3          | Forwarded: for=1.2.3.4~X-Forwarded-For: 1.2.3.4                  | 1.2.3.4
            """)
    void shouldFollowThoseWhoAreTrusted(String peer, String headers, String address) {
        assertThat(client(peer, headers)).map(Client::address).contains(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Forwarded: for=",
                "Forwarded: for",
                "Forwarded: 1.2.3.4",
                "Forwarded: for=1.2.3",
                "Forwarded: for=1.2.3.4.5",
                "Forwarded: for=1.2.3.256",
                "Forwarded: for=evil.example",
                "Forwarded: for=localhost",
                "Forwarded: for=1.2.3.4:",
                "Forwarded: for=1.2.3.4:123456",
                "Forwarded: for=\"1.2.3.4:x\"",
                "Forwarded: for=\"[::1\"",
                "Forwarded: for=\"[::1]x\"",
                "Forwarded: for=\"[1::2::3]\"",
                "Forwarded: for=\"fe80::1%eth0\"",
                "Forwarded: for=\"1.2.3.4",
                "Forwarded: for=\"1.2.3.4\\",
                "Forwarded: for=\"x, for=1.2.3.4",
                "Forwarded: for=\"x, for=\"[2001:db8::1]\"",
                "Forwarded: for = 1.2.3.4",
                "Forwarded: for=1.2.3.4 for=1.2.3.4",
                "Forwarded: for=1.2.3.4;for=1.2.3.5",
                "Forwarded: for=1.2.3.4;proto=gopher",
                "Forwarded: f\u00f6r=1.2.3.4",
                "Forwarded: for=6.6.6.6, for=bad, for=10.2.2.2",
                "X-Forwarded-For: garbage",
                "X-Forwarded-For:",
                "X-Forwarded-For: 1.2.3.4,",
                "X-Forwarded-For: 1.2.3.4 5.6.7.8",
                "X-Forwarded-For: evil.example",
                "X-Forwarded-For: 0x7f.1",
                "X-Forwarded-For: 16909060",
                "X-Forwarded-For: 1.2.3.4~X-Forwarded-Proto: javascript",
                "Forwarded: for=6.6.6.6~X-Forwarded-For: 1.2.3.4",
                "Forwarded: for=1.2.3.4~X-Forwarded-For: garbage",
            })
    void shouldRefuseWhatCannotBeReadOrContradictsItself(String headers) {
        assertThat(client("10.1.2.3", headers)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            Forwarded: for=1.2.3.4                                                                    | inner:5050 | -
            Forwarded: for=1.2.3.4;host="a.example:81";proto=https                                    | a.example:81 | https
            Forwarded: for=1.2.3.4;host=a.example:81;proto=WSS                                        | a.example:81 | https
            Forwarded: for=6.6.6.6;host=evil.example;proto=http, for=1.2.3.4;host=a.example;proto=https | a.example | https
            Forwarded: for=6.6.6.6;host=evil.example, for=1.2.3.4                                     | inner:5050 | -
            Forwarded: for=1.2.3.4;host=a.example, for=10.2.2.2;host=b.example;proto=http             | a.example  | -
            Forwarded: for=1.2.3.4, for=10.2.2.2;host=b.example                                       | b.example  | -
            X-Forwarded-For: 1.2.3.4~X-Forwarded-Host: a.example~X-Forwarded-Proto: ws                | a.example  | http
            X-Forwarded-For: 1.2.3.4~X-Forwarded-Host: evil.example, a.example                        | a.example  | -
            X-Forwarded-For: 1.2.3.4, 10.2.2.2~X-Forwarded-Host: a.example~X-Forwarded-Proto: https   | a.example  | https
            X-Forwarded-For: 1.2.3.4, 10.2.2.2~X-Forwarded-Host: evil.example, a.example, b.example   | a.example  | -
            X-Forwarded-Host: a.example~X-Forwarded-Proto: https                                      | inner:5050 | -
            """)
    void shouldTakeHostAndSchemeFromTheFirstProxyThatIsTrusted(String headers, String host, String scheme) {
        Optional<Client> client = client("10.1.2.3", headers);
        assertThat(client).isPresent();
        assertThat(client.get().host()).contains(host);
        assertThat(client.get().scheme()).isEqualTo(Optional.ofNullable(scheme));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "proxy.example",
                "localhost",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "10.0.0.0/",
                "10.0.0",
                "::/129",
                "*",
                "10.0.0.0/8/8",
                "fe80::1%eth0"
            })
    void shouldRefuseToTrustWhatIsNoAddress(String entry) {
        assertThatThrownBy(() -> new TrustedProxies(List.of(entry)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("switchboard.proxy.trusted")
                .hasMessageContaining("'" + entry + "'");
    }

    @Test
    void shouldTrustEverybodyWhereTheNetworkIsEverything() {
        TrustedProxies all = new TrustedProxies(List.of("0.0.0.0/0", "::/0"));
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("X-Forwarded-For", "1.2.3.4, 5.6.7.8, ::1");
        assertThat(all.clientOf(ip("9.9.9.9"), headers)).map(Client::address).contains("1.2.3.4");
    }

    @Test
    void shouldNeverThrowWhateverComes() {
        long seed = Long.getLong("switchboard.fuzz.seed", 20_261_121L);
        Random random = new Random(seed);
        String alphabet = "for=\",;:[]_.1 2a\\\t%hostpr/-\u00e9";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder value = new StringBuilder();
            for (int length = random.nextInt(24); length > 0; length--) {
                value.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (String name : List.of("Forwarded", "X-Forwarded-For")) {
                MultiMap headers = MultiMap.caseInsensitiveMultiMap()
                        .add(name, value.toString())
                        .add(name, (name.startsWith("X") ? "" : "for=") + "1.2.3.4");
                Optional<Client> client = PROXIES.clientOf(ip("10.0.0.1"), headers);
                assertThat(client.map(Client::address))
                        .as("seed %d: the last line is a proxy's own: %s", seed, value)
                        .isIn(Optional.of("1.2.3.4"), Optional.empty());
            }
        }
    }
}
