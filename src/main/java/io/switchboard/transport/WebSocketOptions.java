package io.switchboard.transport;

import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.dialect.Detector;
import io.vertx.core.http.HttpServerOptions;
import jakarta.inject.Singleton;

/** Options of the HTTP server that follow from Switchboard's own settings. */
@Singleton
final class WebSocketOptions implements HttpServerOptionsCustomizer {
    private final int messageSize;
    private final int frameSize;

    WebSocketOptions(SwitchboardConfig config) {
        this.messageSize = bound(config.limits().messageSize());
        this.frameSize = Math.min(messageSize, bound(config.limits().frameSize()));
    }

    private static int bound(MemorySize size) {
        long bytes = size.asLongValue();
        return bytes == 0 ? Integer.MAX_VALUE : (int) Math.min(Integer.MAX_VALUE, bytes);
    }

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        customize(options);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        customize(options);
    }

    private void customize(HttpServerOptions options) {
        // The decoder closes with 1009 as soon as it sees the length, before it has buffered anything.
        options.setMaxWebSocketFrameSize(frameSize);
        options.setMaxWebSocketMessageSize(messageSize);
        // Both kinds of compression are ways in for bombs (CVE-2026-102467, CVE-2026-93558).
        options.setPerMessageWebSocketCompressionSupported(false);
        options.setPerFrameWebSocketCompressionSupported(false);
        // Browsers break off where none of the subprotocols that they offered is repeated.
        Detector.STOMP_SUBPROTOCOLS.forEach(options::addWebSocketSubProtocol);
    }
}
