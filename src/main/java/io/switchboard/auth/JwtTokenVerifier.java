package io.switchboard.auth;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.TokenRejectedException.Reason;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Verifies JSON Web Tokens. Known tokens are answered on the caller's thread; others wait for a virtual thread, and
 * where their key is not known for the key set, without holding a thread meanwhile.
 */
final class JwtTokenVerifier implements TokenVerifier, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(JwtTokenVerifier.class);

    private final int maxTokenLength;
    private final TokenParser parser;
    private final ClaimsReader reader;
    private final ClaimsCache cache;
    private final Workers workers;
    private final Clock clock;

    /** @param maxTokenLength in characters; a longer token is refused before anything of it is looked at */
    JwtTokenVerifier(
            int maxTokenLength,
            TokenParser parser,
            ClaimsReader reader,
            ClaimsCache cache,
            Workers workers,
            Clock clock) {
        this.maxTokenLength = maxTokenLength;
        this.parser = requireNonNull(parser, "parser");
        this.reader = requireNonNull(reader, "reader");
        this.cache = requireNonNull(cache, "cache");
        this.workers = requireNonNull(workers, "workers");
        this.clock = requireNonNull(clock, "clock");
    }

    @Override
    public CompletionStage<Claims> verify(String token) {
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
            return clock.instant().isBefore(known.get().expiresAt())
                    ? CompletableFuture.completedFuture(known.get())
                    : rejected(Reason.EXPIRED);
        }
        if (!workers.enter()) {
            return rejected(Reason.UNAVAILABLE);
        }
        Attempt attempt = new Attempt(token, fingerprint);
        attempt.start(true);
        return attempt.result;
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
        private final CompletableFuture<Claims> result = new CompletableFuture<>();

        Attempt(String token, Fingerprint fingerprint) {
            this.token = token;
            this.fingerprint = fingerprint;
        }

        void start(boolean mayWait) {
            if (!workers.run(() -> run(mayWait))) {
                fail(new TokenRejectedException(Reason.UNAVAILABLE));
            }
        }

        private void run(boolean mayWait) {
            try {
                TokenParser.Parsed parsed = parser.parse(token, mayWait);
                Claims claims = reader.read(parsed.claims(), parsed.expiresAt());
                cache.put(fingerprint, claims);
                workers.leave();
                result.complete(claims);
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
