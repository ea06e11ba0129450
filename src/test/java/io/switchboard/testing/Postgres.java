package io.switchboard.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL server of one test, from the distribution's binaries, in a folder of its own and on a port of its own, that syncs
 * what it commits. As root it runs as nobody, because it refuses to be root's.
 */
public final class Postgres implements AutoCloseable {
    public static final String USER = "switchboard";
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String NOBODY = "65534";

    private final Path binaries;
    private final Path folder;
    private final int port;
    private Optional<Process> server = Optional.empty();
    private int databases;

    private Postgres(Path binaries, Path folder, int port) {
        this.binaries = binaries;
        this.folder = folder;
        this.port = port;
    }

    /** Makes an empty one that is not started yet. */
    public static Postgres create() {
        Path binaries = binaries();
        try (ServerSocket free = new ServerSocket(0)) {
            Path folder = Files.createTempDirectory("switchboard-postgres");
            if (isRoot()) {
                Files.setOwner(
                        folder,
                        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("nobody"));
            }
            Postgres postgres = new Postgres(binaries, folder, free.getLocalPort());
            postgres.run("initdb", "-D", "data", "-U", USER, "-A", "trust", "--no-locale", "-E", "UTF8", "--no-sync");
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes one and starts it. */
    public static Postgres started() {
        Postgres postgres = create();
        postgres.start();
        return postgres;
    }

    private static Path binaries() {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(INSTALLED)) {
            try (Stream<Path> versions = Files.list(INSTALLED)) {
                versions.map(version -> version.resolve("bin"))
                        .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                        .forEach(found::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        Stream.of(System.getenv("PATH").split(":"))
                .map(Path::of)
                .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
                .forEach(found::add);
        return found.stream()
                .max(Comparator.comparing(Path::toString))
                .orElseGet(() -> fail("These tests need PostgreSQL's server and found no initdb in " + INSTALLED
                        + "/*/bin or on the PATH: install it (on Debian: apt-get install postgresql), or run"
                        + " ./switchboard test, which does."));
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private ProcessBuilder command(String... command) {
        List<String> words = new ArrayList<>();
        if (isRoot()) {
            words.addAll(List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"));
        }
        words.add(binaries.resolve(command[0]).toString());
        words.addAll(List.of(command).subList(1, command.length));
        return new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    }

    private Path log() {
        return Path.of(folder + ".log");
    }

    private void run(String... command) {
        try {
            Process process = command(command).start();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as("%s says: %s", command[0], Files.readString(log(), StandardCharsets.UTF_8))
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Starts it and waits until it takes connections. */
    public void start() {
        await("PostgreSQL starts").atMost(PATIENCE).pollDelay(Duration.ZERO).until(() -> {
            if (server.filter(Process::isAlive).isEmpty()) {
                // what is left of one that was killed may be in the way for a moment
                server = Optional.of(command(
                                "postgres",
                                "-D",
                                "data",
                                "-p",
                                Integer.toString(port),
                                "-c",
                                "listen_addresses=127.0.0.1",
                                "-c",
                                "unix_socket_directories=",
                                "-c",
                                "fsync=on",
                                "-c",
                                "max_connections=50")
                        .start());
            }
            return takesConnections();
        });
    }

    private boolean takesConnections() {
        try (Connection connection = source("postgres").getConnection()) {
            return connection.isValid(5);
        } catch (SQLException _) {
            return false;
        }
    }

    /** Ends it as an operator does: clients are disconnected. */
    public void stop() {
        end("INT");
    }

    public void restart() {
        stop();
        start();
    }

    /** Ends it as a crash does: what was not synced is lost. */
    public void kill() {
        end("QUIT");
    }

    private void end(String signal) {
        Process process = server.orElseThrow();
        try {
            assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                            .start()
                            .waitFor())
                    .isZero();
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        server = Optional.empty();
    }

    /** The URL of a new, empty database. */
    public String newDatabase() {
        databases++;
        String name = "test" + databases;
        try (Connection connection = source("postgres").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
        return url(name);
    }

    /** The URL of a database; {@code postgres} is always there. */
    public String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
    }

    private PGSimpleDataSource source(String database) {
        return sourceOf(url(database));
    }

    /** Gives new connections, without a pool. */
    public static PGSimpleDataSource sourceOf(String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setURL(url);
        source.setUser(USER);
        source.setConnectTimeout(5);
        source.setSocketTimeout(60);
        return source;
    }

    @Override
    public void close() {
        if (server.isPresent()) {
            kill();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
            Files.deleteIfExists(log());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
