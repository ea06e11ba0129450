package io.switchboard.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The images, read rather than built: what they copy is there after a build, and nothing else reaches the builder. */
class DockerfileTest {
    private static final Path JVM = Path.of("src/main/docker/Dockerfile.jvm");
    private static final Path NATIVE = Path.of("src/main/docker/Dockerfile.native-micro");

    private static final Path NATIVE_BUILD = Path.of("src/main/docker/Dockerfile.native-build");

    /** A file of each part of what {@code ./mvnw package} leaves for the JVM to run. */
    private static final Set<String> JVM_LAYOUT = Set.of(
            "target/quarkus-app/lib/main/io.netty.netty-common.jar",
            "target/quarkus-app/lib/boot/org.jboss.logmanager.jar",
            "target/quarkus-app/quarkus-run.jar",
            "target/quarkus-app/app/switchboard.jar",
            "target/quarkus-app/quarkus/generated-bytecode.jar");

    private static final Set<String> NATIVE_LAYOUT = Set.of("target/switchboard-0.1.0-SNAPSHOT-runner");

    @Test
    void theJvmImageCopiesEveryPartOfTheBuildInALayerOfItsOwn() throws IOException {
        assertCopies(JVM, JVM_LAYOUT);
        assertThat(copySources(JVM)).hasSize(4);
    }

    @Test
    void theNativeImageCopiesTheBinary() throws IOException {
        assertCopies(NATIVE, NATIVE_LAYOUT);
    }

    @Test
    void theNativeBuildGetsTheSourcesAndNothingElse() throws IOException {
        DockerIgnore ignore = DockerIgnore.read(Path.of(NATIVE_BUILD + ".dockerignore"));
        for (String path : List.of(
                "mvnw",
                ".mvn/wrapper/maven-wrapper.properties",
                "pom.xml",
                "src/main/java/io/switchboard/auth/Claims.java",
                "src/main/resources/application.properties")) {
            assertThat(Path.of(path)).exists();
            assertThat(ignore.lets(path)).as(path).isTrue();
            assertThat(copySources(NATIVE_BUILD)).anyMatch(source -> copies(source, path));
        }
        for (String path : List.of(
                ".git/config",
                ".dev/private.pem",
                "src/test/java/io/switchboard/ArchitectureTest.java",
                "src/test/resources/auth/testing.pem",
                "src/main/docker/Dockerfile.jvm",
                "target/quarkus-app/quarkus-run.jar")) {
            assertThat(ignore.lets(path)).as(path).isFalse();
        }
    }

    /** What runs must be the same, whichever way the binary was built. */
    @Test
    void bothNativeImagesEndAlike() throws IOException {
        List<String> built = instructions(NATIVE_BUILD);
        List<String> end =
                built.subList(built.lastIndexOf("FROM quay.io/quarkus/ubi9-quarkus-micro-image:2.0"), built.size());
        assertThat(end.stream().filter(line -> !line.startsWith("COPY")))
                .containsExactlyElementsOf(instructions(NATIVE).stream()
                        .filter(line -> !line.startsWith("COPY"))
                        .toList());
    }

    @Test
    void theImagesRunAsOrdinaryUsersOnTheSamePort() throws IOException {
        assertThat(instructions(JVM)).contains("USER 185", "EXPOSE 5050 9000");
        assertThat(instructions(NATIVE)).contains("USER 1001", "EXPOSE 5050 9000");
    }

    @Test
    void theImagesKeepTheirDatabaseOnAVolume() throws IOException {
        for (Path image : List.of(JVM, NATIVE, NATIVE_BUILD)) {
            assertThat(instructions(image))
                    .contains("VOLUME /data", "ENV SWITCHBOARD_STORAGE_URL=\"jdbc:sqlite:/data/switchboard.db\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ".git/config",
                ".dev/private.pem",
                "README.md",
                "k8s/base/deployment.yaml",
                "src/main/java/io/switchboard/auth/Claims.java",
                "target/classes/application.properties",
                "target/quarkus-app/quarkus-app-dependencies.txt",
                "target/surefire-reports/TEST.xml",
                "target/switchboard-0.1.0-SNAPSHOT.jar"
            })
    void nothingElseReachesTheBuilder(String path) throws IOException {
        assertThat(DockerIgnore.read().lets(path)).isFalse();
    }

    /** Every source finds a file, every file is found by one source, and all of them pass {@code .dockerignore}. */
    private static void assertCopies(Path dockerfile, Set<String> layout) throws IOException {
        DockerIgnore ignore = DockerIgnore.read();
        List<String> sources = copySources(dockerfile);
        for (String source : sources) {
            assertThat(layout).as("files for COPY %s", source).anyMatch(file -> copies(source, file));
        }
        for (String file : layout) {
            assertThat(sources)
                    .as("COPY of %s", file)
                    .filteredOn(source -> copies(source, file))
                    .hasSize(1);
            assertThat(ignore.lets(file))
                    .as(".dockerignore lets %s through", file)
                    .isTrue();
        }
    }

    private static boolean copies(String source, String file) {
        return source.endsWith("/")
                ? file.startsWith(source)
                : glob(source).matcher(file).matches();
    }

    private static List<String> copySources(Path dockerfile) throws IOException {
        List<String> sources = new ArrayList<>();
        for (String instruction : instructions(dockerfile)) {
            if (instruction.startsWith("COPY ") && !instruction.contains("--from=")) {
                List<String> words = Pattern.compile(" +")
                        .splitAsStream(instruction.substring("COPY ".length()))
                        .filter(word -> !word.startsWith("--"))
                        .toList();
                sources.addAll(words.subList(0, words.size() - 1));
            }
        }
        return sources;
    }

    private static List<String> instructions(Path dockerfile) throws IOException {
        return Files.readAllLines(dockerfile).stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
    }

    /** Docker's wildcard: it stands for anything within one segment. */
    private static Pattern glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            regex.append(c == '*' ? "[^/]*" : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(regex.toString());
    }

    /** Docker's rules: the last pattern that matches a path, or a folder above it, decides. */
    private record DockerIgnore(List<String> patterns) {
        static DockerIgnore read() throws IOException {
            return read(Path.of(".dockerignore"));
        }

        static DockerIgnore read(Path file) throws IOException {
            return new DockerIgnore(instructions(file));
        }

        boolean lets(String path) {
            boolean let = true;
            for (String pattern : patterns) {
                boolean exception = pattern.startsWith("!");
                if (matches(glob(exception ? pattern.substring(1) : pattern), path)) {
                    let = exception;
                }
            }
            return let;
        }

        private static boolean matches(Pattern pattern, String path) {
            for (int end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
                if (pattern.matcher(path.substring(0, end)).matches()) {
                    return true;
                }
            }
            return pattern.matcher(path).matches();
        }
    }
}
