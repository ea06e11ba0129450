package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A script, started as a process of its own, with everything that it says. */
final class NodeScript implements AutoCloseable {
    private static final Path SCRIPTS = Path.of("src", "test", "js");
    private static final String REMEDY = ": run ./switchboard test, which installs what the tests need";

    private final Process process;
    private final List<String> output = new CopyOnWriteArrayList<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final List<Thread> readers = new ArrayList<>();

    /** Starts one of {@code src/test/js}; fails in one sentence where it cannot run. */
    NodeScript(String name, String... arguments) throws IOException {
        this(SCRIPTS, SCRIPTS.resolve(name), arguments);
    }

    /**
     * The same with any script.
     *
     * @param modules the folder of the {@code node_modules} that it needs
     */
    NodeScript(Path modules, Path script, String... arguments) throws IOException {
        if (!Files.isDirectory(modules.resolve("node_modules"))) {
            fail(modules + " has no node_modules" + REMEDY);
        }
        List<String> command = new ArrayList<>(List.of(requireCommand("node"), script.toString()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).start();
        read(process.getInputStream(), output);
        read(process.getErrorStream(), errors);
    }

    /** The path of a command; fails in one sentence where there is none. */
    static String requireCommand(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(":", -1)) {
            Path command = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isRegularFile(command) && Files.isExecutable(command)) {
                return command.toString();
            }
        }
        return fail("there is no " + name + " on the PATH" + REMEDY);
    }

    private void read(InputStream stream, List<String> lines) {
        readers.add(Thread.ofVirtual().start(() -> {
            try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException _) {
                // the process was ended
            }
        }));
    }

    /** Lines of the output so far. */
    List<String> output() {
        return List.copyOf(output);
    }

    /** How many lines of the error stream begin like that. */
    long errors(String prefix) {
        return errors.stream().filter(line -> line.startsWith(prefix)).count();
    }

    /** Writes a line to the standard input. */
    void send(String line) throws IOException {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    void closeInput() throws IOException {
        process.getOutputStream().close();
    }

    /** Waits until a line of the output is as asked. */
    void awaitOutput(String what, Duration patience, Predicate<String> line) {
        await(what, patience, () -> output.stream().anyMatch(line));
    }

    /** Waits for a state; shows everything the script said where it does not come. */
    void await(String what, Duration patience, BooleanSupplier state) {
        try {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(20))
                    .atMost(patience)
                    .until(() -> state.getAsBoolean() || !process.isAlive());
        } catch (ConditionTimeoutException _) {
            fail(what + " did not come" + said());
        }
        if (!state.getAsBoolean()) {
            fail(what + " did not come: the script has ended" + said());
        }
    }

    /** Waits for the end, which must be a good one. */
    void awaitSuccess(Duration patience) throws InterruptedException {
        boolean ended = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (ended) {
            for (Thread reader : readers) {
                reader.join(Duration.ofSeconds(5));
            }
        }
        assertThat(ended).as("ended in time%s", said()).isTrue();
        assertThat(process.exitValue()).as("exit code%s", said()).isZero();
    }

    private String said() {
        return "; it said:\n" + String.join("\n", output) + "\n" + String.join("\n", errors) + "\n";
    }

    /** Ends the process and those that it started. */
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
