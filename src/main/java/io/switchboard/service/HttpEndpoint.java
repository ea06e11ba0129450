package io.switchboard.service;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;

/**
 * A URL that JSON is posted to. Blocks, so for virtual threads; an interrupt ends the exchange. Redirects are not followed: a token
 * goes to whom it is for.
 */
final class HttpEndpoint {
    private static final Set<String> SCHEMES = Set.of("http", "https");

    private final HttpClient client;
    private final URI uri;
    private final Duration timeout;
    private final int maxBytes;

    /**
     * @param timeout until the headers of the answer are there; whoever calls bounds the whole
     * @param maxBytes of the answer
     */
    HttpEndpoint(HttpClient client, URI uri, Duration timeout, int maxBytes) {
        this.client = client;
        this.uri = uri;
        this.timeout = timeout;
        this.maxBytes = maxBytes;
    }

    /** A client for all endpoints. */
    static HttpClient client() {
        return HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    /** @throws ConfigurationException which holds nothing of the text: it may hold a password */
    static URI uri(String setting, String text) {
        try {
            URI uri = new URI(text);
            if (uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && SCHEMES.contains(uri.getScheme().toLowerCase(Locale.ROOT))) {
                return uri;
            }
        } catch (URISyntaxException _) {
            // said below
        }
        throw new ConfigurationException(
                setting + " must be a URL with http or https and a host, and without a user or a password.");
    }

    /**
     * What came back.
     *
     * @param mediaType empty: none was named
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Answer(int status, String mediaType, byte[] body) {
        /** Not the body. */
        @Override
        public String toString() {
            return "Answer[status=" + status + "]";
        }
    }

    /** The body is longer than the bound; what is still on its way is not read. */
    static final class TooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        TooLargeException() {
            super("too large");
        }
    }

    Answer post(byte[] body, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, " + AnswerReader.ENVELOPE + ", application/problem+json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        HttpResponse<InputStream> response = client.send(request.build(), BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            byte[] bytes = in.readNBytes(maxBytes == Integer.MAX_VALUE ? maxBytes : maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new TooLargeException();
            }
            return new Answer(
                    response.statusCode(),
                    response.headers().firstValue("Content-Type").orElse(""),
                    bytes);
        }
    }
}
