package io.switchboard.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A NATS server of one test with JetStream, from the distribution's binary, in a folder and on a port of its own. */
public final class NatsServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path folder;
    private final int port;
    private Optional<Process> server = Optional.empty();

    private NatsServer(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Makes one and starts it. */
    public static NatsServer started() {
        NatsServer nats;
        try (ServerSocket free = new ServerSocket(0)) {
            nats = new NatsServer(Files.createTempDirectory("switchboard-nats"), free.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        nats.start();
        return nats;
    }

    /** Where clients find it. */
    public String url() {
        return "nats://127.0.0.1:" + port;
    }

    /** Starts it and waits until it takes connections. */
    public void start() {
        try {
            server = Optional.of(new ProcessBuilder(
                            binary(),
                            "-a",
                            "127.0.0.1",
                            "-p",
                            Integer.toString(port),
                            "-js",
                            "-sd",
                            folder.resolve("data").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start());
        } catch (IOException e) {
            throw new AssertionError(
                    "These tests need nats-server: install it (on Debian: apt-get install nats-server), or run"
                            + " ./switchboard test, which does.",
                    e);
        }
        await("NATS starts").atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> {
            assertThat(server.get().isAlive()).isTrue();
            return takesConnections();
        });
    }

    /** Debian's servers are where not every user's PATH leads. */
    private static String binary() {
        Path installed = Path.of("/usr/sbin/nats-server");
        return Files.isExecutable(installed) ? installed.toString() : "nats-server";
    }

    private boolean takesConnections() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** Ends it as an operator does. */
    public void stop() {
        end(false);
    }

    /** Ends it as a crash of the process does. */
    public void kill() {
        end(true);
    }

    private void end(boolean atOnce) {
        Process process = server.orElseThrow();
        if (atOnce) {
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        server = Optional.empty();
    }

    /** Forgets what it kept, while it is stopped. */
    public void forgetAll() {
        delete(folder.resolve("data"));
    }

    @Override
    public void close() {
        if (server.isPresent()) {
            kill();
        }
        delete(folder);
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
