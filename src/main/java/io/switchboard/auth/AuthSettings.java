package io.switchboard.auth;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.switchboard.config.SwitchboardConfig;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;

/**
 * What the settings say about tokens, the standard names of MicroProfile JWT among them.
 *
 * @param algorithms names of the accepted signature algorithms
 * @param clockSkew tolerance on {@code exp} and {@code nbf}
 * @param jwksRefresh for how long a fetched key set counts as fresh
 * @param jwksRefreshOnUnknownKey least time between two fetches for unknown keys or after a failure
 * @param publicKey {@code mp.jwt.verify.publickey}
 * @param publicKeyLocation {@code mp.jwt.verify.publickey.location}
 * @param secretKey {@code smallrye.jwt.verify.secretkey}
 * @param issuer {@code mp.jwt.verify.issuer}
 * @param audiences {@code mp.jwt.verify.audiences}; empty: any
 * @param apiAudience the audience of the administration API; empty: none of its own
 * @param tokenLifetime the longest lifetime that is accepted; zero: any
 * @param maxTokenLength longest token that is looked at, in characters
 */
record AuthSettings(
        List<String> algorithms,
        Duration clockSkew,
        Duration jwksRefresh,
        Duration jwksRefreshOnUnknownKey,
        Optional<String> publicKey,
        Optional<String> publicKeyLocation,
        Optional<String> secretKey,
        Optional<String> issuer,
        Set<String> audiences,
        Optional<String> apiAudience,
        Duration tokenLifetime,
        int maxTokenLength) {
    static final String PUBLIC_KEY = "mp.jwt.verify.publickey";
    static final String PUBLIC_KEY_LOCATION = "mp.jwt.verify.publickey.location";
    static final String SECRET_KEY = "smallrye.jwt.verify.secretkey";
    static final String ISSUER = "mp.jwt.verify.issuer";
    static final String AUDIENCES = "mp.jwt.verify.audiences";
    static final String ALGORITHMS = "switchboard.auth.algorithms";

    /** Where messages of a client are not limited, a token still is. */
    static final int MAX_TOKEN_LENGTH = 1 << 20;

    /** SmallRye's word for a key that is not set; Quarkus fills it in by itself in dev mode. */
    private static final String NONE = "NONE";

    /** Settings of SmallRye that narrow what is accepted: to ignore one would accept more than was meant. */
    private static final List<String> UNSUPPORTED = List.of(
            "mp.jwt.verify.token.age",
            "smallrye.jwt.time-to-live",
            "smallrye.jwt.required.claims",
            "smallrye.jwt.token.kid",
            "smallrye.jwt.verify.aud",
            "smallrye.jwt.verify.algorithm");

    AuthSettings {
        algorithms = List.copyOf(algorithms);
        audiences = Set.copyOf(audiences);
        if (clockSkew.isNegative()) {
            throw new ConfigurationException("switchboard.auth.clock-skew must not be negative.");
        }
        if (!jwksRefresh.isPositive()) {
            throw new ConfigurationException("switchboard.auth.jwks-refresh must be longer than 0.");
        }
        if (jwksRefreshOnUnknownKey.isNegative()) {
            throw new ConfigurationException("switchboard.auth.jwks-refresh-on-unknown-key must not be negative.");
        }
        if (tokenLifetime.isNegative()) {
            throw new ConfigurationException("switchboard.auth.token-lifetime must not be negative.");
        }
        if (apiAudience.filter(audiences::contains).isPresent()) {
            throw new ConfigurationException("switchboard.auth.api-audience is also in " + AUDIENCES
                    + ", so every browser's token would do for the administration API. Choose another one.");
        }
    }

    /** Every audience that is good for something. */
    Set<String> allAudiences() {
        Set<String> all = new LinkedHashSet<>(audiences);
        apiAudience.ifPresent(all::add);
        return all;
    }

    static AuthSettings of(SwitchboardConfig switchboard, Config config) {
        for (String name : UNSUPPORTED) {
            if (text(config, name).isPresent()) {
                throw new ConfigurationException(
                        name + " is set, but Switchboard does not support it. Remove it; what there is instead is in"
                                + " docs/configuration.md.");
            }
        }
        SwitchboardConfig.Auth auth = switchboard.auth();
        long messageSize = switchboard.limits().messageSize().asLongValue();
        return new AuthSettings(
                auth.algorithms(),
                auth.clockSkew(),
                auth.jwksRefresh(),
                auth.jwksRefreshOnUnknownKey(),
                text(config, PUBLIC_KEY),
                text(config, PUBLIC_KEY_LOCATION),
                text(config, SECRET_KEY),
                text(config, ISSUER),
                config.getOptionalValues(AUDIENCES, String.class).orElse(List.of()).stream()
                        .map(String::strip)
                        .filter(audience -> !audience.isEmpty())
                        .collect(Collectors.toCollection(LinkedHashSet::new)),
                auth.apiAudience().map(String::strip).filter(audience -> !audience.isEmpty()),
                auth.tokenLifetime(),
                messageSize == 0 ? MAX_TOKEN_LENGTH : (int) Math.min(messageSize, MAX_TOKEN_LENGTH));
    }

    private static Optional<String> text(Config config, String name) {
        return config.getOptionalValue(name, String.class)
                .map(String::strip)
                .filter(value -> !value.isEmpty() && !value.equals(NONE));
    }

    /** Settings are logged by mistake sooner or later, the secret must not be. */
    @Override
    public String toString() {
        return "AuthSettings[algorithms=" + algorithms + "]";
    }
}
