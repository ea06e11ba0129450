package io.switchboard.dev.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.switchboard.dev.DevelopmentToken;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        description = "Publishes an event over HTTP and prints the answer; exit code 1 where it was refused.")
final class PublishCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LIFETIME = Duration.ofMinutes(5);

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TOPIC", description = "tree, meta, job, idm or activity.")
    private String topic;

    @Parameters(
            index = "1",
            paramLabel = "EVENT",
            arity = "0..1",
            defaultValue = "-",
            description = "The event as JSON, or @FILE, or - (default) for the standard input.")
    private String event;

    @Option(names = "--url", defaultValue = "http://localhost:5050", description = "Default ${DEFAULT-VALUE}.")
    private URI url;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            description = "Default: a token with the role publisher, signed with the development key.")
    private Optional<String> token;

    @Option(
            names = "--key",
            paramLabel = "FILE",
            defaultValue = ".dev/private.pem",
            description = "The development key; default ${DEFAULT-VALUE}.")
    private Path key;

    @Option(
            names = "--id",
            paramLabel = "KEY",
            description = "Idempotency-Key: an event sent again with the same key counts once.")
    private Optional<String> id;

    @Override
    public Integer call() throws CommandFailure, InterruptedException {
        String body = body();
        String bearer = token.isPresent()
                ? token.orElseThrow()
                : DevelopmentToken.of("publisher", List.of(), List.of("publisher"), LIFETIME)
                        .sign(TokenCommand.privateKey(key));
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(target())
                    .timeout(TIMEOUT)
                    .header("Authorization", "Bearer " + bearer)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
            id.ifPresent(value -> request.header("Idempotency-Key", value));
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new CommandFailure("refused (" + response.statusCode() + "): " + detail(response.body()));
            }
            spec.commandLine().getOut().println(response.body().strip());
            return 0;
        } catch (ConnectException _) {
            throw new CommandFailure("nothing answers at " + url + ": is it running? ./switchboard run starts it");
        } catch (IllegalArgumentException e) {
            // a header or an address that HTTP does not allow
            throw new CommandFailure(e.getMessage(), e);
        } catch (IOException e) {
            throw new CommandFailure("no answer from " + url + ": " + e.getMessage(), e);
        }
    }

    private URI target() {
        String base = url.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                + "/api/v1/events/"
                + URLEncoder.encode(topic, StandardCharsets.UTF_8).replace("+", "%20"));
    }

    private String body() throws CommandFailure {
        String text;
        try {
            if (event.equals("-")) {
                text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
            } else if (event.startsWith("@")) {
                text = Files.readString(Path.of(event.substring(1)));
            } else {
                text = event;
            }
        } catch (IOException e) {
            throw new CommandFailure("the event cannot be read: " + e, e);
        }
        try {
            if (JSON.readTree(text).isMissingNode()) {
                throw new CommandFailure("the event is empty");
            }
        } catch (JsonProcessingException e) {
            throw new CommandFailure("the event is not JSON: " + e.getOriginalMessage(), e);
        }
        return text;
    }

    private static String detail(String body) {
        try {
            JsonNode problem = JSON.readTree(body);
            for (String field : List.of("detail", "title")) {
                if (problem.path(field).isTextual()) {
                    return problem.path(field).textValue();
                }
            }
        } catch (JsonProcessingException _) {
            // not ours: said below
        }
        return "the answer names no reason; is it Switchboard that answers there?";
    }
}
