package io.switchboard.testing;

import static org.awaitility.Awaitility.await;

import io.switchboard.dev.DevelopmentKeyPair;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The packaged service as a process of its own, in the production profile. */
public final class PackagedServer implements AutoCloseable {
    private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Path output;
    private final int port;

    private PackagedServer(Process process, Path output, int port) {
        this.process = process;
        this.output = output;
        this.port = port;
    }

    /**
     * Starts it and waits for nothing.
     *
     * @param folder where it runs and writes its output
     * @param settings as {@code key=value}
     */
    public static PackagedServer start(Path folder, String... settings) throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dquarkus.http.host=127.0.0.1",
                "-Dquarkus.http.port=" + port));
        Arrays.stream(settings).map(setting -> "-D" + setting).forEach(command::add);
        command.addAll(List.of("-jar", JAR.toAbsolutePath().toString()));
        Path output = folder.resolve("output.log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MP_") || name.startsWith("SWITCHBOARD_"));
        return new PackagedServer(builder.start(), output, port);
    }

    /** Starts it with a key pair made for it and waits until it is ready. */
    public static PackagedServer ready(Path folder, String... settings) throws IOException {
        return ready(folder, 0, settings);
    }

    /**
     * The same where health is on a port of its own.
     *
     * @param healthPort 0: the port of everything else
     */
    public static PackagedServer ready(Path folder, int healthPort, String... settings) throws IOException {
        return startedUntil("/q/health/ready", folder, healthPort, settings);
    }

    /** The same as {@link #ready}, where it is alive and may not be ready. */
    public static PackagedServer alive(Path folder, String... settings) throws IOException {
        return startedUntil("/q/health/live", folder, 0, settings);
    }

    private static PackagedServer startedUntil(String path, Path folder, int healthPort, String... settings)
            throws IOException {
        DevelopmentKeyPair.create(folder);
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("mp.jwt.verify.publickey.location="
                + folder.resolve(DevelopmentKeyPair.PUBLIC_FILE).toUri());
        PackagedServer server = start(folder, all.toArray(String[]::new));
        try {
            await().atMost(PATIENCE).until(() -> {
                if (!server.process.isAlive()) {
                    throw new AssertionError("it ended: " + server.output());
                }
                return server.request(healthPort == 0 ? server.port : healthPort, "GET", path, "", "") == 200;
            });
        } catch (RuntimeException | Error e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** The key that signs tokens for a server started with {@link #ready}. */
    public static PrivateKey key(Path folder) throws IOException {
        return DevelopmentKeyPair.readPrivate(folder.resolve(DevelopmentKeyPair.PRIVATE_FILE));
    }

    public int port() {
        return port;
    }

    /** The status of a GET; 0 where nobody answers. */
    public int get(String path) {
        return request(port, "GET", path, "", "");
    }

    public int post(String path, String token, String body) {
        return request(port, "POST", path, token, body);
    }

    private int request(int at, String method, String path, String token, String body) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://127.0.0.1:" + at + path).toURL().openConnection();
            connection.setRequestMethod(method);
            connection.setReadTimeout(10_000);
            if (method.equals("POST")) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                connection.setRequestProperty("Authorization", "Bearer " + token);
                connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
            }
            int status = connection.getResponseCode();
            try (var stream = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                if (stream != null) {
                    stream.readAllBytes();
                }
            }
            return status;
        } catch (IOException _) {
            return 0;
        }
    }

    /** What it has printed so far. */
    public String output() throws IOException {
        return Files.readString(output);
    }

    /** Asks it to end, as an operator or Kubernetes does. */
    public void terminate() {
        process.destroy();
    }

    /** Ends it at once, in the middle of whatever it does (SIGKILL), and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Its exit code. */
    public int awaitExit(Duration patience) throws InterruptedException {
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new AssertionError("it did not end within " + patience);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
