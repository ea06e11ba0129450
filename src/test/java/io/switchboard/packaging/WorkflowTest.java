package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What runs for every change: {@code .github/workflows/ci.yml}. */
class WorkflowTest {
    private static final Path FILE = Path.of(".github", "workflows", "ci.yml");

    private static String text;
    private static JsonNode workflow;

    @BeforeAll
    static void read() throws IOException {
        text = Files.readString(FILE);
        workflow = new YAMLMapper().readTree(text);
    }

    private static Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }

    private static Stream<JsonNode> steps(String job) {
        assertThat(workflow.at("/jobs/" + job + "/steps")).as(job).isNotEmpty();
        return stream(workflow.at("/jobs/" + job + "/steps"));
    }

    private static List<String> commands(String job) {
        return steps(job)
                .map(step -> step.path("run").asText())
                .filter(run -> !run.isEmpty())
                .toList();
    }

    @Test
    void testsAsTheReadmeSays() throws IOException {
        String command = Files.readString(Path.of("README.md"))
                .lines()
                .filter(line -> line.matches("\\./switchboard test"))
                .findFirst()
                .orElseThrow();

        assertThat(commands("test")).containsExactly(command);
        assertThat(Path.of("switchboard")).isExecutable();
    }

    /** With the command by which each says that it is built. */
    @Test
    void buildsAnImageOfEachKindAndStartsIt() throws IOException {
        List<JsonNode> kinds =
                stream(workflow.at("/jobs/image/strategy/matrix/include")).toList();
        assertThat(kinds).hasSize(2);
        for (JsonNode kind : kinds) {
            Path dockerfile = Path.of(kind.path("dockerfile").asText());
            String instructions = Files.readString(dockerfile)
                    .lines()
                    .filter(line -> line.startsWith("#"))
                    .reduce("", String::concat);
            for (String option : kind.path("options").asText().split(" ", -1)) {
                assertThat(instructions).as("%s", dockerfile).contains(option);
            }
        }
        assertThat(kinds)
                .extracting(kind -> kind.path("dockerfile").asText().replaceFirst(".*\\.", ""))
                .containsExactlyInAnyOrder("jvm", "native-micro");
        assertThat(kinds)
                .filteredOn(kind -> kind.path("dockerfile").asText().endsWith("native-micro"))
                .allSatisfy(kind -> assertThat(kind.path("options").asText())
                        .contains("-Dquarkus.native.enabled=true", "-Dquarkus.native.container-build=true"));
        assertThat(commands("image"))
                .anyMatch(command -> command.startsWith("./mvnw ") && command.endsWith(" ${{ matrix.options }}"))
                .anyMatch(command -> command.startsWith("docker build -f ${{ matrix.dockerfile }} "))
                .anyMatch(command -> command.contains("docker run ") && command.contains("/q/health/ready"));
    }

    /** It runs with what strangers propose: it can read, and has nothing that would be worth taking. */
    @Test
    void mayOnlyRead() {
        assertThat(workflow.path("permissions")).isInstanceOf(ObjectNode.class);
        assertThat(workflow.path("permissions").properties())
                .extracting(
                        Map.Entry::getKey, permission -> permission.getValue().asText())
                .containsExactly(tuple("contents", "read"));
        assertThat(workflow.path("on").properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("push", "pull_request");
        assertThat(workflow.path("jobs")).isNotEmpty().allSatisfy(job -> {
            assertThat(job.has("permissions")).isFalse();
            assertThat(job.path("timeout-minutes").asInt()).isPositive();
        });
        assertThat(text).doesNotContain("secrets.");
        workflow.path("jobs")
                .propertyStream()
                .map(Map.Entry::getKey)
                .forEach(job -> assertThat(steps(job)
                                .filter(step -> step.path("uses").asText().startsWith("actions/checkout@")))
                        .hasSize(1)
                        .allSatisfy(step -> assertThat(
                                        step.at("/with/persist-credentials").asBoolean(true))
                                .isFalse()));
    }

    /** A tag can be moved to something else; a commit cannot. */
    @Test
    void takesActionsByTheirCommit() {
        List<String> uses = Pattern.compile("uses: (.*)")
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(uses)
                .isNotEmpty()
                .allMatch(action -> action.matches("actions/[a-z-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+"));
        // the same everywhere
        assertThat(uses.stream().distinct().map(action -> action.replaceFirst("@.*", "")))
                .doesNotHaveDuplicates();
    }

    @Test
    void takesTheJdkOfTheProjectAndKeepsWhatMavenLoads() throws IOException {
        String release = Pattern.compile("<maven\\.compiler\\.release>(\\d+)<")
                .matcher(Files.readString(Path.of("pom.xml")))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);
        for (String job : List.of("test", "image")) {
            assertThat(steps(job).filter(step -> step.path("uses").asText().startsWith("actions/setup-java@")))
                    .hasSize(1)
                    .allSatisfy(step -> {
                        assertThat(step.at("/with/java-version").asText()).isEqualTo(release);
                        assertThat(step.at("/with/cache").asText()).isEqualTo("maven");
                    });
        }
    }
}
