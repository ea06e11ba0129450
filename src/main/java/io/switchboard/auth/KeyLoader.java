package io.switchboard.auth;

import static io.switchboard.auth.AuthSettings.ALGORITHMS;
import static io.switchboard.auth.AuthSettings.PUBLIC_KEY;
import static io.switchboard.auth.AuthSettings.PUBLIC_KEY_LOCATION;
import static io.switchboard.auth.AuthSettings.SECRET_KEY;
import static java.util.stream.Collectors.joining;

import com.github.benmanes.caffeine.cache.Ticker;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.crypto.SecretKey;

/**
 * Turns the settings into keys, once, at the start. Whatever is wrong with them is a {@link ConfigurationException}
 * whose message names the setting and never a key; it has no cause, because the messages of parsers quote what they
 * parse.
 */
final class KeyLoader {
    private static final String NO_KEY = """
            There is no key to verify tokens with, so nobody could sign in. Set mp.jwt.verify.publickey.location \
            to the URL of the identity provider's key set or to a file with its public key, for example
              mp.jwt.verify.publickey.location=https://id.example.org/.well-known/jwks.json
            or MP_JWT_VERIFY_PUBLICKEY_LOCATION=/etc/switchboard/publicKey.pem in the environment.""";

    private final AuthSettings settings;
    private final Ticker ticker;
    private final Set<SignatureAlgorithm> allowed;

    KeyLoader(AuthSettings settings, Ticker ticker) {
        this.settings = settings;
        this.ticker = ticker;
        this.allowed = algorithms(settings.algorithms());
    }

    /** The configured keys; refuses where none are. */
    VerificationKeys load() {
        return configured().orElseThrow(() -> new ConfigurationException(NO_KEY));
    }

    /**
     * The configured keys, else the development key, else none, with which every token is answered with
     * {@link TokenRejectedException.Reason#UNAVAILABLE}.
     */
    VerificationKeys load(Optional<PublicKey> development) {
        return configured()
                .or(() -> development.map(key -> single(key, "the development key")))
                .orElseGet(() -> new VerificationKeys(allowed, (_, _) -> new KeySource.Unavailable()));
    }

    private Optional<VerificationKeys> configured() {
        long count = Stream.of(settings.publicKey(), settings.publicKeyLocation(), settings.secretKey())
                .filter(Optional::isPresent)
                .count();
        if (count > 1) {
            throw new ConfigurationException(
                    "Only one of " + PUBLIC_KEY + ", " + PUBLIC_KEY_LOCATION + " and " + SECRET_KEY + " can be set.");
        }
        if (settings.secretKey().isPresent()) {
            return settings.secretKey().map(this::secret);
        }
        if (allowed.stream().anyMatch(KeyLoader::isSymmetric)) {
            throw new ConfigurationException(
                    ALGORITHMS + " names HS256, HS384 or HS512: they need " + SECRET_KEY + ".");
        }
        return settings.publicKey()
                .map(text -> content(text, PUBLIC_KEY))
                .or(() -> settings.publicKeyLocation().map(this::location));
    }

    private VerificationKeys secret(String text) {
        if (!allowed.stream().allMatch(KeyLoader::isSymmetric)) {
            throw new ConfigurationException(
                    SECRET_KEY + " is set: set " + ALGORITHMS + " to HS256, HS384 or HS512 and to nothing else.");
        }
        SecretKey key = KeyText.secret(text)
                .orElseThrow(
                        () -> new ConfigurationException(SECRET_KEY + " is neither a secret nor a JWK of type oct."));
        for (SignatureAlgorithm algorithm : allowed) {
            int bits = Integer.parseInt(algorithm.getAlgorithm().substring("HS".length()));
            if (key.getEncoded().length * 8 < bits) {
                throw new ConfigurationException(SECRET_KEY + " is too short for " + algorithm.getAlgorithm()
                        + ": it needs " + bits / 8 + " bytes or more (RFC 7518, section 3.2).");
            }
        }
        return new VerificationKeys(allowed, (_, _) -> new KeySource.Found(key));
    }

    private VerificationKeys location(String location) {
        String scheme = location.toLowerCase(Locale.ROOT);
        if (scheme.startsWith("http:") || scheme.startsWith("https:")) {
            return remote(location);
        }
        String text = KeyText.read(location)
                .orElseThrow(() -> new ConfigurationException(
                        PUBLIC_KEY_LOCATION + " names a file that cannot be read: " + location));
        return content(text, PUBLIC_KEY_LOCATION);
    }

    private VerificationKeys remote(String location) {
        URI uri;
        try {
            uri = new URI(location);
        } catch (URISyntaxException _) {
            throw new ConfigurationException(PUBLIC_KEY_LOCATION + " is not a valid URL.");
        }
        if (uri.getHost() == null || uri.getUserInfo() != null || uri.getPort() > 0xFFFF) {
            throw new ConfigurationException(PUBLIC_KEY_LOCATION
                    + " is not a valid URL: it needs a host, and must not hold a user or a password.");
        }
        String name = uri.getScheme() + "://" + uri.getRawAuthority() + uri.getRawPath();
        return new VerificationKeys(
                allowed,
                new RemoteKeySet(
                        name,
                        new HttpKeyFetch(uri),
                        settings.jwksRefresh(),
                        settings.jwksRefreshOnUnknownKey(),
                        ticker));
    }

    private VerificationKeys content(String text, String setting) {
        Optional<PublicKey> key = KeyText.publicKey(text);
        if (key.isPresent()) {
            return single(key.get(), setting);
        }
        JwkSet set = KeyText.jwkSet(text)
                .orElseThrow(() -> new ConfigurationException(setting
                        + " holds no public key: it must be a public key or a certificate in PEM (not a private key), or"
                        + " a JWK or JWK set in JSON."));
        Set<SignatureAlgorithm> fitting = EnumSet.noneOf(SignatureAlgorithm.class);
        set.keys().forEach(jwk -> fitting.addAll(KeyFit.of(jwk)));
        return new VerificationKeys(
                narrowed(fitting, setting),
                (token, _) -> set.select(token)
                        .<KeySource.Answer>map(KeySource.Found::new)
                        .orElseGet(KeySource.Unknown::new));
    }

    private VerificationKeys single(PublicKey key, String setting) {
        return new VerificationKeys(narrowed(KeyFit.of(key), setting), (_, _) -> new KeySource.Found(key));
    }

    private Set<SignatureAlgorithm> narrowed(Set<SignatureAlgorithm> fitting, String setting) {
        Set<SignatureAlgorithm> both = EnumSet.noneOf(SignatureAlgorithm.class);
        both.addAll(allowed);
        both.retainAll(fitting);
        if (both.isEmpty()) {
            throw new ConfigurationException(
                    fitting.isEmpty()
                            ? setting
                                    + " holds no key that can be used: it takes RSA of 2048 bits or more, EC on P-256,"
                                    + " P-384 or P-521, Ed25519 or Ed448."
                            : setting + " holds a key for " + names(fitting) + ", but " + ALGORITHMS + " allows "
                                    + names(allowed) + ".");
        }
        return both;
    }

    private static Set<SignatureAlgorithm> algorithms(List<String> names) {
        Set<SignatureAlgorithm> result = EnumSet.noneOf(SignatureAlgorithm.class);
        for (String name : names) {
            try {
                result.add(SignatureAlgorithm.fromAlgorithm(name.strip()));
            } catch (IllegalArgumentException _) {
                throw new ConfigurationException(ALGORITHMS + " names an unknown algorithm, " + name + "; known are "
                        + names(EnumSet.allOf(SignatureAlgorithm.class)) + ".");
            }
        }
        if (result.isEmpty()) {
            throw new ConfigurationException(ALGORITHMS + " is empty.");
        }
        if (result.stream().anyMatch(KeyLoader::isSymmetric)
                && result.stream().anyMatch(Predicate.not(KeyLoader::isSymmetric))) {
            throw new ConfigurationException(ALGORITHMS + " mixes HS256, HS384 or HS512 with others: a public key could"
                    + " be taken for a secret.");
        }
        return result;
    }

    private static boolean isSymmetric(SignatureAlgorithm algorithm) {
        return algorithm.getAlgorithm().startsWith("HS");
    }

    private static String names(Set<SignatureAlgorithm> algorithms) {
        return algorithms.stream()
                .sorted()
                .map(SignatureAlgorithm::getAlgorithm)
                .collect(joining(", "));
    }
}
