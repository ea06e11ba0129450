package io.switchboard.packaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kubectl apply -k k8s} would bring to a cluster. */
class KubernetesManifestsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static Map<String, JsonNode> byKind;
    private static JsonNode pod;
    private static JsonNode container;

    @BeforeAll
    static void render(@TempDir Path scratch) throws Exception {
        byKind = new HashMap<>();
        try (var documents =
                new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(kustomize(Path.of("k8s"), scratch))) {
            documents.forEachRemaining(
                    document -> byKind.put(document.path("kind").asText(), document));
        }
        pod = byKind.get("Deployment").at("/spec/template/spec");
        assertThat(pod.path("containers")).hasSize(1);
        container = pod.at("/containers/0");
    }

    @Test
    void rendersOneDeploymentAndOneService() {
        assertThat(byKind).containsOnlyKeys("Deployment", "Service");
    }

    @Test
    void neverRunsTwoProcessesSideBySide() {
        JsonNode spec = byKind.get("Deployment").path("spec");
        assertThat(spec.path("replicas").asInt()).isEqualTo(1);
        assertThat(spec.at("/strategy/type").asText()).isEqualTo("Recreate");
    }

    @Test
    void keepsServiceLinksOutOfTheStrictConfiguration() {
        assertThat(pod.path("enableServiceLinks").isBoolean()).isTrue();
        assertThat(pod.path("enableServiceLinks").asBoolean()).isFalse();
    }

    @Test
    void holdsNoRightsItDoesNotNeed() {
        assertThat(pod.path("automountServiceAccountToken").isBoolean()).isTrue();
        assertThat(pod.path("automountServiceAccountToken").asBoolean()).isFalse();
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");

        JsonNode security = container.path("securityContext");
        assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(security.path("allowPrivilegeEscalation").isBoolean()).isTrue();
        assertThat(security.path("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(texts(security.at("/capabilities/drop"))).containsExactly("ALL");
        assertThat(security.at("/capabilities/add").isMissingNode()).isTrue();
    }

    @Test
    void mayWriteToTmpOnly() {
        JsonNode tmp = named(container.path("volumeMounts"), "tmp");
        assertThat(tmp.path("mountPath").asText()).isEqualTo("/tmp");
        assertThat(named(pod.path("volumes"), "tmp").has("emptyDir")).isTrue();

        assertThat(container.path("volumeMounts"))
                .filteredOn(mount -> !mount.path("readOnly").asBoolean())
                .containsExactly(tmp);
    }

    @Test
    void readsTheVerificationKeyFromTheMountedSecret() {
        assertThat(named(pod.path("volumes"), "keys").at("/secret/secretName").asText())
                .isEqualTo("switchboard-keys");
        assertThat(named(pod.path("volumes"), "keys").at("/secret/optional").asBoolean())
                .as("without the key the pod must not start")
                .isFalse();

        String mountPath =
                named(container.path("volumeMounts"), "keys").path("mountPath").asText();
        assertThat(named(container.path("env"), "MP_JWT_VERIFY_PUBLICKEY_LOCATION")
                        .path("value")
                        .asText())
                .startsWith("file:" + mountPath + "/");
    }

    @Test
    void isProbedAtEveryStageOfItsLife() {
        assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/q/health/started");
        assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/q/health/live");
        assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/q/health/ready");
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(container.path(probe).at("/httpGet/port").asText())
                    .as(probe)
                    .isEqualTo("http");
        }
    }

    @Test
    void saysWhatItNeedsAndGetsTimeToLeave() {
        assertThat(container.at("/resources/requests/cpu").isTextual()).isTrue();
        assertThat(container.at("/resources/requests/memory").asText())
                .isNotEmpty()
                .isEqualTo(container.at("/resources/limits/memory").asText());
        assertThat(pod.path("terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(45);
    }

    @Test
    void namesTheImageByVersion() {
        assertThat(container.path("image").asText())
                .matches("(.+/)?switchboard:[^:]+")
                .doesNotEndWith(":latest");
    }

    @Test
    void theServiceReachesThePodOnItsNamedPort() {
        JsonNode service = byKind.get("Service").path("spec");
        assertThat(byKind.get("Service").at("/metadata/name").asText()).isEqualTo("switchboard");
        assertThat(service.path("type").asText()).isEqualTo("ClusterIP");
        JsonNode port = named(service.path("ports"), "http");
        assertThat(port.path("port").asInt()).isEqualTo(5050);
        assertThat(port.path("targetPort").asText()).isEqualTo("http");
        assertThat(named(container.path("ports"), "http").path("containerPort").asInt())
                .isEqualTo(5050);

        JsonNode labels = byKind.get("Deployment").at("/spec/template/metadata/labels");
        assertThat(service.path("selector").properties()).isNotEmpty().isSubsetOf(labels.properties());
    }

    private static String kustomize(Path folder, Path scratch) throws Exception {
        // files, not pipes: a full pipe would block kubectl while nobody reads it
        Path out = scratch.resolve("rendered.yaml");
        Path err = scratch.resolve("errors.txt");
        Process process;
        try {
            process = new ProcessBuilder("kubectl", "kustomize", folder.toString())
                    .redirectOutput(Redirect.to(out.toFile()))
                    .redirectError(Redirect.to(err.toFile()))
                    .start();
        } catch (IOException e) {
            return fail(
                    "This test needs kubectl on the PATH to render k8s/ (no cluster): install it, or run"
                            + " ./switchboard test, which does.",
                    e);
        }
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return fail("kubectl kustomize %s did not end within %s", folder, PATIENCE);
        }
        assertThat(process.exitValue())
                .as("kubectl kustomize %s says: %s", folder, Files.readString(err, UTF_8))
                .isZero();
        return Files.readString(out, UTF_8);
    }

    private static JsonNode named(JsonNode list, String name) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(entry -> entry.path("name").asText().equals(name))
                .findFirst()
                .orElseGet(() -> fail("nothing is named %s in %s", name, list));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }
}
