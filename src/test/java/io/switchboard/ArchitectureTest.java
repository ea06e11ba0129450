package io.switchboard;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import io.switchboard.hub.Hub;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may know which, and what no class does. */
class ArchitectureTest {
    private static final String ROOT = "io.switchboard";

    /** Every package, and those of ours that it may use beside itself. */
    private static final Map<String, List<String>> MAY_USE = Map.ofEntries(
            Map.entry("failure", List.of()),
            Map.entry("config", List.of()),
            Map.entry("journal", List.of()),
            Map.entry("log", List.of("failure")),
            Map.entry("auth", List.of("config")),
            Map.entry("hub", List.of("auth", "log", "failure")),
            Map.entry("rule", List.of("hub", "auth")),
            Map.entry("chat", List.of("hub", "auth", "failure")),
            Map.entry("mailbox", List.of("hub", "auth", "log", "failure")),
            Map.entry("queue", List.of("hub", "failure")),
            Map.entry("presence", List.of("hub", "auth", "log")),
            Map.entry("storage", List.of("chat", "mailbox", "queue", "config", "metric", "failure")),
            Map.entry("webflow", List.of("failure")),
            Map.entry("event", List.of("chat", "webflow", "hub", "log", "auth", "failure")),
            Map.entry("dialect", List.of("auth", "hub", "event", "chat", "presence", "queue", "log")),
            Map.entry("dialect.cells", List.of("dialect", "chat", "auth", "hub")),
            Map.entry("dialect.stomp", List.of("dialect", "dialect.sockjs", "auth", "hub", "log")),
            Map.entry("dialect.flamigo", List.of("dialect", "auth", "hub", "log")),
            Map.entry("dialect.openflow", List.of("dialect", "auth", "hub", "queue", "log")),
            Map.entry("dialect.sockjs", List.of("dialect", "hub")),
            Map.entry("dialect.realtime", List.of("dialect", "presence", "auth", "hub", "event", "log")),
            Map.entry(
                    "session",
                    List.of(
                            "dialect",
                            "hub",
                            "auth",
                            "chat",
                            "mailbox",
                            "queue",
                            "presence",
                            "webflow",
                            "log",
                            "rule",
                            "service",
                            "failure")),
            Map.entry("http", List.of("auth")),
            Map.entry(
                    "admin",
                    List.of(
                            "session", "dialect", "trace", "event", "log", "hub", "chat", "queue", "http", "auth",
                            "config", "failure")),
            Map.entry(
                    "api",
                    List.of(
                            "ingress",
                            "session",
                            "dialect",
                            "dialect.realtime",
                            "rule",
                            "service",
                            "event",
                            "hub",
                            "http",
                            "auth",
                            "failure")),
            Map.entry("limit", List.of("session")),
            Map.entry("service", List.of("auth", "config", "failure")),
            Map.entry("metric", List.of("session", "service", "event", "hub", "webflow", "queue", "dialect")),
            Map.entry("trace", List.of("event", "hub", "log", "metric")),
            Map.entry(
                    "ingress",
                    List.of(
                            "session", "dialect", "hub", "event", "chat", "mailbox", "webflow", "log", "auth", "http",
                            "config", "metric", "trace", "failure")),
            Map.entry("health", List.of("auth", "config", "log", "metric", "trace", "storage", "failure")),
            Map.entry(
                    "transport",
                    List.of(
                            "session",
                            "dialect",
                            "dialect.sockjs",
                            "hub",
                            "limit",
                            "metric",
                            "config",
                            "auth",
                            "failure",
                            "health")),
            Map.entry("cluster", List.of("hub", "log", "failure")),
            Map.entry(
                    "cluster.state",
                    List.of(
                            "cluster",
                            "mailbox",
                            "presence",
                            "chat",
                            "queue",
                            "webflow",
                            "hub",
                            "log",
                            "auth",
                            "failure")),
            Map.entry("cluster.session", List.of("cluster", "admin", "session", "service", "hub", "auth", "failure")),
            Map.entry("dev", List.of("auth", "config", "event")),
            Map.entry("dev.cli", List.of("dev")));

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(ArchitectureTest::isHandWritten)
            .importPackages(ROOT);

    /** Quarkus leaves what it generates in places of its own. */
    private static boolean isHandWritten(Location location) {
        return !location.contains("/generated-");
    }

    private static String[] names(List<String> packages) {
        return packages.stream().map(name -> ROOT + "." + name).toArray(String[]::new);
    }

    @Test
    void everyPackageIsInTheTable() {
        Set<String> packages = MAIN.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals(ROOT))
                .map(name -> name.substring(ROOT.length() + 1))
                .collect(Collectors.toSet());

        assertThat(packages).containsExactlyInAnyOrderElementsOf(MAY_USE.keySet());
    }

    @Test
    void dependenciesPointOneWay() {
        MAY_USE.forEach((name, allowed) -> noClasses()
                .that()
                .resideInAPackage(ROOT + "." + name)
                .should()
                .dependOnClassesThat(resideInAPackage(ROOT + "..")
                        .and(not(resideInAnyPackage(names(List.of(name)))))
                        .and(not(resideInAnyPackage(names(allowed)))))
                .because(name + " may use " + allowed)
                .check(MAIN));
    }

    @Test
    void nobodyKnowsTheAssembly() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT)
                .check(MAIN);
    }

    @Test
    void nothingOutsideOfDevKnowsIt() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".dev..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage(ROOT + ".dev..")
                .check(MAIN);
    }

    /** CVE-2026-81829: it fetches keys from wherever a token says. */
    @Test
    void keysAreNotThoseOfALoadBalancer() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveSimpleNameContaining("AwsAlb")
                .orShould()
                .dependOnClassesThat()
                .haveSimpleName("KeyLocationResolver")
                .check(MAIN);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void theLogIsOfJBossLogging() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".journal")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.logging..")
                .check(MAIN);
    }

    @Test
    void onlyTheCommandLinePrints() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".dev.cli")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(MAIN);
    }

    @Test
    void nobodySleeps() {
        noClasses()
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", long.class, int.class)
                .orShould()
                .callMethod(Thread.class, "sleep", Duration.class)
                .check(ALL);
    }

    @Test
    void whatAClassNeedsComesThroughItsConstructor() {
        noFields().should().beAnnotatedWith(Inject.class).check(MAIN);
    }

    /** One thread owns a session and a shard; a lock there would let another one make it wait. */
    @Test
    void theHotPathHasNoLocks() throws IOException {
        noCodeUnits()
                .that()
                .areDeclaredInClassesThat()
                .resideInAnyPackage(ROOT + ".session", ROOT + ".hub", ROOT + ".log")
                .and()
                .doNotHaveFullName(Hub.class.getName() + ".addShard(io.switchboard.hub.Loop)")
                .should()
                .haveModifier(JavaModifier.SYNCHRONIZED)
                .check(MAIN);
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".session", ROOT + ".hub", ROOT + ".log")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.util.concurrent.locks")
                .check(MAIN);
        assertThat(synchronizedBlocks("session", "hub", "log")).isEmpty();
    }

    /** A block leaves no trace in the signature, so the source is asked. */
    private static List<Path> synchronizedBlocks(String... packages) throws IOException {
        Pattern block = Pattern.compile("synchronized\\s*\\(");
        List<Path> found = Arrays.stream(packages)
                .flatMap(name -> sources(Path.of("src/main/java/io/switchboard", name)))
                .toList();
        assertThat(found).isNotEmpty();
        List<Path> blocks = new ArrayList<>();
        for (Path source : found) {
            if (block.matcher(Files.readString(source)).find()) {
                blocks.add(source);
            }
        }
        return blocks;
    }

    private static Stream<Path> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
