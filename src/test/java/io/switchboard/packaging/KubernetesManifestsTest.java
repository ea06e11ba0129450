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
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code kubectl apply -k k8s/base} would bring to a cluster. */
class KubernetesManifestsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** How long the process waits for its clients before it ends. */
    private static final int DRAIN_SECONDS = 5;

    /** The only one with others below it. */
    private static final String SOCKJS_PATH = "/websocket";

    private static final List<String> CLIENT_PATHS =
            List.of("/ws", "/ws/event", "/ws/chat", "/event", "/chat", "/flamigo", "/openflow", "/ws/v1", SOCKJS_PATH);

    private static Map<String, JsonNode> byKind;
    private static JsonNode pod;
    private static JsonNode container;
    private static JsonNode settings;

    @BeforeAll
    static void renderBase(@TempDir Path scratch) throws Exception {
        byKind = render(Path.of("k8s", "base"), scratch);
        pod = byKind.get("Deployment").at("/spec/template/spec");
        assertThat(pod.path("containers")).hasSize(1);
        container = pod.at("/containers/0");
        settings = byKind.get("ConfigMap").path("data");
    }

    private static Map<String, JsonNode> render(Path folder, Path scratch) throws Exception {
        Map<String, JsonNode> documents = new HashMap<>();
        try (var read = new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(kustomize(folder, scratch))) {
            read.forEachRemaining(
                    document -> documents.put(document.path("kind").asText(), document));
        }
        return documents;
    }

    @Test
    void rendersOneOfEachKind() {
        assertThat(byKind)
                .containsOnlyKeys(
                        "ConfigMap", "Deployment", "PersistentVolumeClaim", "Service", "Ingress", "NetworkPolicy");
    }

    @Test
    void takesItsSettingsFromTheConfigMap() {
        assertThat(texts(container.at("/envFrom/0/configMapRef")))
                .containsExactly(byKind.get("ConfigMap").at("/metadata/name").asText());
        assertThat(container.at("/env").isMissingNode()).isTrue();
    }

    /** A name that is no setting would fail the start, or be ignored without a word. */
    @Test
    void setsWhatExists() throws IOException {
        String documented = Files.readString(Path.of("docs", "configuration.md"));
        for (Map.Entry<String, JsonNode> setting : settings.properties()) {
            if (setting.getKey().startsWith("SWITCHBOARD_") || setting.getKey().startsWith("MP_")) {
                assertThat(Pattern.compile("`([a-z0-9.-]+)`")
                                .matcher(documented)
                                .results()
                                .map(name ->
                                        name.group(1).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_")))
                        .contains(setting.getKey());
            }
        }
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
    void mayWriteToTmpAndToItsDataOnly() {
        JsonNode tmp = named(container.path("volumeMounts"), "tmp");
        assertThat(tmp.path("mountPath").asText()).isEqualTo("/tmp");
        assertThat(named(pod.path("volumes"), "tmp").has("emptyDir")).isTrue();

        assertThat(container.path("volumeMounts"))
                .filteredOn(mount -> !mount.path("readOnly").asBoolean())
                .containsExactly(tmp, named(container.path("volumeMounts"), "data"));
    }

    /** A file on the root file system could not be written, and one in /tmp would go with the pod. */
    @Test
    void keepsItsDatabaseOnAVolumeThatLasts() {
        String mountPath =
                named(container.path("volumeMounts"), "data").path("mountPath").asText();
        assertThat(settings.path("SWITCHBOARD_STORAGE_URL").asText()).startsWith("jdbc:sqlite:" + mountPath + "/");
        assertThat(named(pod.path("volumes"), "data")
                        .at("/persistentVolumeClaim/claimName")
                        .asText())
                .isEqualTo(
                        byKind.get("PersistentVolumeClaim").at("/metadata/name").asText());
        assertThat(texts(byKind.get("PersistentVolumeClaim").at("/spec/accessModes")))
                .containsExactly("ReadWriteOnce");
        assertThat(pod.at("/securityContext/fsGroup").asInt())
                .as("the user of the image may write to it")
                .isPositive();
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
        assertThat(settings.path("MP_JWT_VERIFY_PUBLICKEY_LOCATION").asText()).startsWith("file:" + mountPath + "/");
    }

    @Test
    void isProbedAtEveryStageOfItsLife() {
        assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/q/health/started");
        assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/q/health/live");
        assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/q/health/ready");
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(container.path(probe).at("/httpGet/port").asText())
                    .as(probe)
                    .isEqualTo("management");
        }
        assertThat(settings.path("SWITCHBOARD_MANAGEMENT_OWN_PORT").asText()).isEqualTo("true");
        assertThat(named(container.path("ports"), "management")
                        .path("containerPort")
                        .asInt())
                .isEqualTo(9000);
        JsonNode annotations = byKind.get("Deployment").at("/spec/template/metadata/annotations");
        assertThat(annotations.path("prometheus.io/port").asText()).isEqualTo("9000");
        assertThat(annotations.path("prometheus.io/path").asText()).isEqualTo("/q/metrics");
    }

    /** A probe must not kill what is only slow, and must not wait longer than the process may be stuck. */
    @Test
    void theProbesLeaveTime() {
        int toStart = container.at("/startupProbe/periodSeconds").asInt()
                * container.at("/startupProbe/failureThreshold").asInt();
        int toDie = container.at("/livenessProbe/periodSeconds").asInt()
                * container.at("/livenessProbe/failureThreshold").asInt();
        assertThat(toStart).isGreaterThanOrEqualTo(60);
        assertThat(toDie).isBetween(20, 60);
    }

    @Test
    void saysWhatItNeedsAndGetsTimeToLeave() {
        assertThat(container.at("/resources/requests/cpu").isTextual()).isTrue();
        assertThat(container.at("/resources/requests/memory").asText())
                .isNotEmpty()
                .isEqualTo(container.at("/resources/limits/memory").asText());
        int pause = container.at("/lifecycle/preStop/sleep/seconds").asInt();
        assertThat(pause).isPositive();
        assertThat(pod.path("terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(pause + 2 * DRAIN_SECONDS);
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

    @Test
    void theServiceHidesTheManagementPort() {
        assertThat(byKind.get("Service").at("/spec/ports")).hasSize(1);
    }

    @Test
    void theIngressRoutesWhatBrowsersSpeakAndNothingElse() {
        JsonNode rules = byKind.get("Ingress").at("/spec/rules");
        assertThat(rules).hasSize(1);
        JsonNode paths = rules.at("/0/http/paths");
        assertThat(paths).allSatisfy(path -> {
            assertThat(path.path("pathType").asText())
                    .isEqualTo(path.path("path").asText().equals(SOCKJS_PATH) ? "Prefix" : "Exact");
            assertThat(path.at("/backend/service/name").asText()).isEqualTo("switchboard");
            assertThat(path.at("/backend/service/port/name").asText()).isEqualTo("http");
        });
        assertThat(StreamSupport.stream(paths.spliterator(), false)
                        .map(path -> path.path("path").asText()))
                .containsExactlyInAnyOrderElementsOf(CLIENT_PATHS);
        assertThat(byKind.get("Ingress").at("/spec/defaultBackend").isMissingNode())
                .isTrue();
    }

    @Test
    void theIngressKeepsSocketsOpenAndQueriesOutOfItsLog() {
        JsonNode annotations = byKind.get("Ingress").at("/metadata/annotations");
        String nginx = "nginx.ingress.kubernetes.io/";
        assertThat(annotations.path(nginx + "enable-access-log").asText()).isEqualTo("false");
        assertThat(annotations.path(nginx + "proxy-read-timeout").asInt()).isGreaterThanOrEqualTo(3600);
        assertThat(annotations.path(nginx + "proxy-send-timeout").asInt()).isGreaterThanOrEqualTo(3600);
    }

    @Test
    void theNetworkPolicyOpensEachPortToWhomItIsFor() {
        JsonNode policy = byKind.get("NetworkPolicy").path("spec");
        assertThat(texts(policy.path("policyTypes"))).containsExactlyInAnyOrder("Ingress", "Egress");
        assertThat(policy.at("/podSelector/matchLabels").properties())
                .isNotEmpty()
                .isSubsetOf(byKind.get("Deployment")
                        .at("/spec/template/metadata/labels")
                        .properties());
        for (JsonNode rule : policy.path("ingress")) {
            assertThat(rule.path("from")).as("who may come in").isNotEmpty();
            assertThat(rule.path("ports")).as("and where").hasSize(1);
            String port = rule.at("/ports/0/port").asText();
            assertThat(port).isIn("http", "management");
            boolean monitoring = rule.toString().contains("monitoring");
            assertThat(port.equals("management")).isEqualTo(monitoring);
        }
        assertThat(policy.path("egress"))
                .allSatisfy(rule -> assertThat(rule.path("ports"))
                        .allSatisfy(
                                port -> assertThat(port.path("port").asInt()).isIn(53, 443)));
    }

    @Test
    void theExampleAddsHostTlsAndAKeySet(@TempDir Path scratch) throws Exception {
        Map<String, JsonNode> example = render(Path.of("k8s", "overlays", "example"), scratch);
        assertThat(example).containsOnlyKeys(byKind.keySet().toArray(String[]::new));
        String host = example.get("Ingress").at("/spec/rules/0/host").asText();
        assertThat(host).isNotEmpty();
        assertThat(texts(example.get("Ingress").at("/spec/tls/0/hosts"))).containsExactly(host);
        assertThat(example.get("Ingress").at("/spec/rules/0/http/paths")).hasSize(CLIENT_PATHS.size());
        JsonNode data = example.get("ConfigMap").path("data");
        assertThat(data.path("MP_JWT_VERIFY_PUBLICKEY_LOCATION").asText()).startsWith("https:");
        assertThat(data.path("SWITCHBOARD_MANAGEMENT_OWN_PORT").asText()).isEqualTo("true");
        assertThat(example.get("Deployment").toString()).doesNotContain("switchboard-keys");
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
