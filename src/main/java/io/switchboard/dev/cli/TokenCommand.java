package io.switchboard.dev.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.dev.DevelopmentKeyPair;
import io.switchboard.dev.DevelopmentToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = {
            "Prints tokens for development, one a line.",
            "Signs only with a key that `keys` made (its first line says so), never with the key of a real issuer."
        })
final class TokenCommand implements Callable<Integer> {
    private static final String INDEX = "{i}";
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            defaultValue = ".dev/private.pem",
            description = "Private key; default ${DEFAULT-VALUE}.")
    private Path key;

    @Option(
            names = "--user",
            paramLabel = "USER",
            required = true,
            description = "Login. {i} is the token's number, from 0, here and in --subject and --workspace.")
    private String user;

    @Option(names = "--subject", paramLabel = "ID", description = "The claim sub; default: the login.")
    private Optional<String> subject;

    @Option(
            names = "--workspace",
            paramLabel = "W",
            description = "A workspace: its id, or a JSON object {\"uuid\",\"slug\",\"roots\",\"permission\"}."
                    + " May be repeated.")
    private List<String> workspaces = new ArrayList<>();

    @Option(names = "--role", paramLabel = "ROLE", description = "A role. May be repeated.")
    private List<String> roles = new ArrayList<>();

    @Option(names = "--profile", paramLabel = "PROFILE", description = "admin, standard, shared or anon.")
    private Optional<String> profile;

    @Option(names = "--issuer", paramLabel = "URL", description = "The claim iss; default: none.")
    private Optional<String> issuer;

    @Option(names = "--audience", paramLabel = "NAME", description = "The claim aud; default: none.")
    private Optional<String> audience;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            defaultValue = "1h",
            converter = DurationConverter.class,
            description = "Valid for so long, such as 90s, 30m, 1h, 7d; a negative time gives expired tokens."
                    + " Default ${DEFAULT-VALUE}.")
    private Duration expires;

    @Option(
            names = "--count",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many tokens; default ${DEFAULT-VALUE}.")
    private int count;

    @Option(names = "--out", paramLabel = "FILE", description = "Writes to a file instead of the screen.")
    private Optional<Path> out;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        if (count < 1) {
            throw new CommandFailure("--count is a number from 1");
        }
        PrivateKey privateKey = privateKey(key);
        for (String workspace : workspaces) {
            workspace(workspace.replace(INDEX, "0"));
        }
        // signing is what takes time: all cores, in order
        try (ExecutorService workers =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
            List<Future<String>> tokens = IntStream.range(0, count)
                    .mapToObj(i -> workers.submit(() -> token(i).sign(privateKey)))
                    .toList();
            if (out.isEmpty()) {
                print(tokens, spec.commandLine().getOut());
            } else {
                try (PrintWriter writer =
                        new PrintWriter(Files.newBufferedWriter(out.orElseThrow(), StandardCharsets.US_ASCII))) {
                    print(tokens, writer);
                } catch (IOException e) {
                    throw new CommandFailure(out.orElseThrow() + " cannot be written: " + e, e);
                }
            }
        }
        return 0;
    }

    static PrivateKey privateKey(Path file) throws CommandFailure {
        try {
            return DevelopmentKeyPair.readPrivate(file);
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }

    private static void print(List<Future<String>> tokens, PrintWriter writer)
            throws CommandFailure, InterruptedException {
        for (Future<String> token : tokens) {
            try {
                writer.print(token.get() + "\n");
            } catch (ExecutionException e) {
                throw new CommandFailure("a token could not be signed: " + e.getCause(), e);
            }
        }
        if (writer.checkError()) {
            throw new CommandFailure("the tokens could not be written");
        }
    }

    private DevelopmentToken token(int i) throws CommandFailure {
        String index = Integer.toString(i);
        String name = user.replace(INDEX, index);
        List<Object> claim = new ArrayList<>();
        for (String workspace : workspaces) {
            claim.add(workspace(workspace.replace(INDEX, index)));
        }
        return new DevelopmentToken(
                name,
                subject.map(s -> s.replace(INDEX, index)).orElse(name),
                claim,
                roles,
                profile,
                issuer,
                audience,
                expires);
    }

    private static Object workspace(String text) throws CommandFailure {
        if (!text.strip().startsWith("{")) {
            return text;
        }
        try {
            return JSON.readValue(text, new TypeReference<Map<String, Object>>() {});
        } catch (JsonProcessingException e) {
            throw new CommandFailure("--workspace is an id or a JSON object: " + e.getOriginalMessage(), e);
        }
    }
}
