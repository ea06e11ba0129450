package io.switchboard.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.session.CloseCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/errors.md has every error and close code that there is, each with what to do, and no others. */
class ErrorsDocTest {
    private static final Path DOC = Path.of("docs/errors.md");
    private static final Path MAIN = Path.of("src/main/java/io/switchboard");

    @Test
    void theCloseCodesAreThoseOfTheTable() throws IOException {
        assertThat(rows("## Close codes"))
                .extracting(row -> Integer.parseInt(row.getFirst()))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(CloseCode.values()).map(CloseCode::code).toList());
    }

    @Test
    void everyReasonWhyATokenIsRefusedIsThere() throws IOException {
        Map<String, List<String>> rows =
                rows("## Why a sign-in is refused").stream().collect(Collectors.toMap(List::getFirst, row -> row));

        assertThat(rows.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Reason.values()).map(Reason::text).toList());
        for (Reason reason : Reason.values()) {
            CloseCode code = reason == Reason.UNAVAILABLE ? CloseCode.OVERLOADED : CloseCode.UNAUTHENTICATED;
            assertThat(rows.get(reason.text()).subList(1, 3))
                    .as(reason.text())
                    .containsExactly(Integer.toString(code.code()), reason == Reason.UNAVAILABLE ? "503" : "401");
        }
    }

    @Test
    void everyStatusOfARefusedUpgradeIsThere() throws IOException {
        Set<String> answered = inSources(
                Pattern.compile("(?:refuse|Detection\\.Refused|Refused|rejectUpgrade|rejectUpgradeSync)\\((\\d{3})"),
                "transport",
                "dialect");
        // by the platform
        answered.addAll(List.of("414", "431"));

        assertThat(statuses("## Refused upgrades")).isEqualTo(answered);
    }

    @Test
    void everyProblemOfTheHttpApiIsThere() throws IOException {
        Set<String> answered = inSources(Pattern.compile("new Problem\\(\\s*(\\d{3})"), "ingress");
        // those that Problem has a name for
        answered.addAll(List.of("400", "401", "403", "503"));

        assertThat(statuses("## Problems of `POST")).isEqualTo(answered);
    }

    @Test
    void theDescriptionOfTheHttpApiHasTheSameStatuses() throws IOException {
        Set<String> described = new TreeSet<>();
        new YAMLMapper()
                .readTree(Path.of("docs/openapi.yaml").toFile())
                .at("/paths/~1api~1v1~1events~1{topic}/post/responses")
                .fieldNames()
                .forEachRemaining(described::add);
        described.remove("202");
        // what no POST is answered with
        described.add("405");

        assertThat(described).isEqualTo(statuses("## Problems of `POST"));
    }

    @Test
    void everyRowSaysWhatToDo() throws IOException {
        for (String section : List.of(
                "## Close codes",
                "## Why a sign-in is refused",
                "## Refused upgrades",
                "## Errors in a chat room",
                "## Problems of")) {
            assertThat(rows(section))
                    .as(section)
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.getLast()).as("%s", row).isNotBlank());
        }
    }

    private static Set<String> statuses(String section) throws IOException {
        return rows(section).stream().map(List::getFirst).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The cells of a section's table, without its head. */
    private static List<List<String>> rows(String section) throws IOException {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : Files.readAllLines(DOC)) {
            if (line.startsWith("## ")) {
                inside = line.startsWith(section);
            } else if (inside && line.startsWith("|")) {
                List<String> cells = Arrays.stream(
                                line.substring(1, line.length() - 1).split("(?<!\\\\)\\|", -1))
                        .map(String::strip)
                        .toList();
                rows.add(cells);
            }
        }
        return rows.subList(2, rows.size());
    }

    private static Set<String> inSources(Pattern status, String... packages) throws IOException {
        Set<String> found = new TreeSet<>();
        for (String name : packages) {
            try (Stream<Path> sources = Files.walk(MAIN.resolve(name))) {
                for (Path source : sources.filter(Files::isRegularFile).toList()) {
                    status.matcher(Files.readString(source)).results().forEach(match -> found.add(match.group(1)));
                }
            }
        }
        return found;
    }
}
