package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The threat model names for every threat a test that there is. */
class SecurityDocTest {
    private static final Pattern TEST_NAME = Pattern.compile("`(\\w+(?:Test|IT))`");

    @Test
    void everyThreatIsShownByATestThatExists() throws IOException {
        String doc = Files.readString(Path.of("SECURITY.md"));
        String table = doc.substring(doc.indexOf("### Threats, and what holds them"), doc.indexOf("### Out of scope"));
        List<String> rows =
                table.lines().filter(line -> line.startsWith("|")).skip(2).toList();
        Set<String> tests = tests();

        assertThat(rows)
                .hasSizeGreaterThan(15)
                .allSatisfy(row -> assertThat(TEST_NAME
                                .matcher(row.substring(row.lastIndexOf('|', row.length() - 2)))
                                .results()
                                .map(name -> name.group(1)))
                        .as(row)
                        .isNotEmpty()
                        .allMatch(tests::contains));
    }

    private static Set<String> tests() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.substring(0, name.length() - ".java".length()))
                    .collect(Collectors.toSet());
        }
    }
}
