package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Fetches a key set by HTTP. */
final class HttpKeyFetch implements KeyFetch, AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** For the whole exchange: an answer that trickles in keeps the single time-outs from firing. */
    private static final Duration TOTAL_TIMEOUT = Duration.ofSeconds(10);

    private static final long MAX_BODY_BYTES = 512 * 1024;

    private final HttpClient client;
    private final HttpRequest request;

    HttpKeyFetch(URI location) {
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(TIMEOUT)
                .followRedirects(HttpClient.Redirect.NORMAL)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
        request = HttpRequest.newBuilder(location)
                .timeout(TIMEOUT)
                .header("Accept", "application/jwk-set+json, application/json")
                .build();
    }

    @Override
    public CompletionStage<String> fetch() {
        CompletableFuture<HttpResponse<String>> exchange =
                client.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(UTF_8), MAX_BODY_BYTES));
        return exchange.copy()
                .orTimeout(TOTAL_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        exchange.cancel(true);
                    }
                })
                .thenApply(HttpKeyFetch::body);
    }

    private static String body(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new CompletionException(new StatusException(response.statusCode()));
        }
        return response.body();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /** An answer other than 200. */
    static final class StatusException extends Exception {
        private static final long serialVersionUID = 1L;

        StatusException(int status) {
            super("status " + status);
        }
    }
}
