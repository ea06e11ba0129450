package io.switchboard.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Text in the repository that is made from something else: compared by the tests, and rewritten when they are told to. */
public final class GeneratedText {
    private static final boolean WRITE = Boolean.getBoolean("docs.write");
    private static final String REFRESH = "./mvnw test -Dtest='*DocTest' -Ddocs.write=true";

    private GeneratedText() {}

    /** The whole file must be this. */
    public static void whole(Path file, String text) throws IOException {
        if (WRITE) {
            Files.writeString(file, text);
        }
        assertThat(Files.exists(file) ? Files.readString(file) : "")
                .as("%s is out of date: run %s", file, REFRESH)
                .isEqualTo(text);
    }

    /** What stands between the two lines must be this. */
    public static void between(Path file, String first, String last, String text) throws IOException {
        String content = Files.readString(file);
        int from = content.indexOf(first + "\n");
        int to = content.indexOf(last);
        assertThat(from).as("%s has the line %s", file, first).isNotNegative();
        assertThat(to).as("%s has the line %s behind it", file, last).isGreaterThan(from);
        whole(file, content.substring(0, from) + first + "\n\n" + text.strip() + "\n\n" + content.substring(to));
    }
}
