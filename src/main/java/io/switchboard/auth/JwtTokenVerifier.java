package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Clock;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * Verifies JSON Web Tokens. Known tokens are answered on the caller's thread; others wait for a virtual thread, and
 * where their key is not known for the key set, without holding a thread meanwhile.
 */
final class JwtTokenVerifier implements TokenVerifier, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(JwtTokenVerifier.class);

    private final int maxTokenLength;
    private final Predicate<Claims> forClients;
    private final Predicate<Claims> forApi;
    private final TokenParser parser;
    private final ClaimsReader reader;
    private final ClaimsCache cache;
    private final Revocations revocations;
    private final Workers workers;
    private final Clock clock;

    JwtTokenVerifier(
            AuthSettings settings,
            TokenParser parser,
            ClaimsReader reader,
            ClaimsCache cache,
            Revocations revocations,
            Workers workers,
            Clock clock) {
        this.maxTokenLength = settings.maxTokenLength();
        Set<String> audiences = settings.audiences();
        this.forClients = claims -> audiences.isEmpty()
                || !Collections.disjoint(audiences, claims.token().audiences());
        this.forApi = settings.apiAudience()
                .<Predicate<Claims>>map(
                        audience -> claims -> claims.token().audiences().contains(audience))
                .orElse(forClients);
        this.parser = requireNonNull(parser, "parser");
        this.reader = requireNonNull(reader, "reader");
        this.cache = requireNonNull(cache, "cache");
        this.revocations = requireNonNull(revocations, "revocations");
        this.workers = requireNonNull(workers, "workers");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public CompletionStage<Claims> verify(String token) {
        return verify(token, forClients);
    }

    /** The same for the audience of the administration API. */
    ApiTokenVerifier forApi() {
        return token -> verify(token, forApi);
    }

    private CompletionStage<Claims> verify(String token, Predicate<Claims> audience) {
        if (token == null || token.isBlank()) {
            return rejected(Reason.MISSING);
        }
        if (token.length() > maxTokenLength) {
            return CompletableFuture.failedFuture(
                    new TokenRejectedException(Reason.MALFORMED, "the token is too long"));
        }
        Fingerprint fingerprint = Fingerprint.of(token);
        Optional<Claims> known = cache.get(fingerprint);
        if (known.isPresent()) {
            if (!clock.instant().isBefore(known.get().expiresAt())) {
                return rejected(Reason.EXPIRED);
            }
            try {
                return CompletableFuture.completedFuture(admit(known.get(), audience));
            } catch (TokenRejectedException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        if (!workers.enter()) {
            return rejected(Reason.UNAVAILABLE);
        }
        Attempt attempt = new Attempt(token, fingerprint, audience);
        attempt.start(true);
        return attempt.result;
    }

    /** What changes while claims are remembered: asked each time. */
    private Claims admit(Claims claims, Predicate<Claims> audience) throws TokenRejectedException {
        if (!audience.test(claims)) {
            throw new TokenRejectedException(Reason.AUDIENCE);
        }
        return revocations.admit(claims);
    }

    private static CompletionStage<Claims> rejected(Reason reason) {
        return CompletableFuture.failedFuture(new TokenRejectedException(reason));
    }

    @Override
    public void close() {
        workers.close();
    }

    /** One token on its way; holds a place among the workers until it has a result. */
    private final class Attempt {
        private final String token;
        private final Fingerprint fingerprint;
        private final Predicate<Claims> audience;
        private final CompletableFuture<Claims> result = new CompletableFuture<>();

        Attempt(String token, Fingerprint fingerprint, Predicate<Claims> audience) {
            this.token = token;
            this.fingerprint = fingerprint;
            this.audience = audience;
        }

        void start(boolean mayWait) {
            if (!workers.run(() -> run(mayWait))) {
                fail(new TokenRejectedException(Reason.UNAVAILABLE));
            }
        }

        private void run(boolean mayWait) {
            try {
                TokenParser.Parsed parsed = parser.parse(token, mayWait);
                Claims claims = reader.read(parsed.claims(), parsed.expiresAt(), parsed.token());
                cache.put(fingerprint, claims);
                Claims admitted = admit(claims, audience);
                workers.leave();
                result.complete(admitted);
            } catch (KeysPendingException e) {
                e.fetched().thenRun(() -> start(false));
            } catch (TokenRejectedException e) {
                fail(e);
            } catch (RuntimeException | StackOverflowError e) {
                // the message may hold claims
                LOG.errorf(
                        "A token could not be verified because of a fault: cause=%s",
                        e.getClass().getName());
                fail(new TokenRejectedException(Reason.UNAVAILABLE));
            }
        }

        private void fail(TokenRejectedException reason) {
            workers.leave();
            result.completeExceptionally(reason);
        }
    }
}
