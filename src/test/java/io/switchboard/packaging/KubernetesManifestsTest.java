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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code kubectl apply -k} of the overlays would bring to a cluster. */
class KubernetesManifestsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** How long who was closed last may take, and everything else that ends then: docs/operations.md. */
    private static final int FAREWELL_SECONDS = 5;

    private static final int REST_SECONDS = 15;

    /** The only one with others below it. */
    private static final String SOCKJS_PATH = "/websocket";

    private static final List<String> CLIENT_PATHS =
            List.of("/ws", "/ws/event", "/ws/chat", "/event", "/chat", "/flamigo", "/openflow", "/ws/v1", SOCKJS_PATH);

    private static final String NGINX = "nginx.ingress.kubernetes.io/";
    private static final String NAME = "switchboard";
    private static final String NATS = "switchboard-nats";

    private static final Map<String, Manifests> RENDERED = new HashMap<>();

    /** What one folder brings, by kind and name. */
    private record Manifests(Map<String, JsonNode> documents) {
        private JsonNode get(String kind, String name) {
            JsonNode document = documents.get(kind + "/" + name);
            assertThat(document)
                    .as("%s/%s of %s", kind, name, documents.keySet())
                    .isNotNull();
            return document;
        }

        private JsonNode get(String kind) {
            return get(kind, NAME);
        }

        private JsonNode pod() {
            return get("Deployment").at("/spec/template/spec");
        }

        private JsonNode container() {
            assertThat(pod().path("containers")).hasSize(1);
            return pod().at("/containers/0");
        }

        private JsonNode settings() {
            return get("ConfigMap").path("data");
        }

        private String setting(String name) {
            return settings().path(name).asText();
        }

        private JsonNode nats() {
            return get("StatefulSet", NATS).at("/spec/template/spec");
        }
    }

    @BeforeAll
    static void render(@TempDir Path scratch) throws Exception {
        for (String overlay : List.of("single", "cluster", "example")) {
            RENDERED.put(overlay, render(Path.of("k8s", "overlays", overlay), scratch));
        }
    }

    private static Manifests render(Path folder, Path scratch) throws Exception {
        Map<String, JsonNode> documents = new HashMap<>();
        try (var read = new YAMLMapper().readerFor(JsonNode.class).<JsonNode>readValues(kustomize(folder, scratch))) {
            read.forEachRemaining(document -> documents.put(
                    document.path("kind").asText()
                            + "/"
                            // a name that is made of the content ends with its hash
                            + document.at("/metadata/name").asText().replaceFirst("-[a-z0-9]{10}$", ""),
                    document));
        }
        return new Manifests(documents);
    }

    private static Manifests single() {
        return RENDERED.get("single");
    }

    private static Manifests cluster() {
        return RENDERED.get("cluster");
    }

    @Test
    void rendersWhatBelongsToOneProcess() {
        assertThat(single().documents())
                .containsOnlyKeys(
                        "ConfigMap/switchboard",
                        "Deployment/switchboard",
                        "PersistentVolumeClaim/switchboard",
                        "Service/switchboard",
                        "Ingress/switchboard",
                        "NetworkPolicy/switchboard");
    }

    @Test
    void rendersWhatBelongsToSeveral() {
        assertThat(cluster().documents())
                .containsOnlyKeys(
                        "ConfigMap/switchboard",
                        "ConfigMap/switchboard-nats",
                        "Deployment/switchboard",
                        "HorizontalPodAutoscaler/switchboard",
                        "Ingress/switchboard",
                        "Ingress/switchboard-sockjs",
                        "NetworkPolicy/switchboard",
                        "NetworkPolicy/switchboard-backends",
                        "NetworkPolicy/switchboard-nats",
                        "PodDisruptionBudget/switchboard",
                        "PodDisruptionBudget/switchboard-nats",
                        "Service/switchboard",
                        "Service/switchboard-metrics",
                        "Service/switchboard-nats",
                        "Service/switchboard-sockjs",
                        "ServiceMonitor/switchboard",
                        "StatefulSet/switchboard-nats");
    }

    // Either

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void takesItsSettingsFromTheConfigMap(String overlay) {
        assertThat(texts(RENDERED.get(overlay).container().at("/envFrom/0/configMapRef")))
                .containsExactly(NAME);
    }

    /** A name that is no setting would fail the start, or be ignored without a word. */
    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void setsWhatExists(String overlay) throws IOException {
        String documented = Files.readString(Path.of("docs", "configuration.md"));
        Set<String> names = Pattern.compile("`([a-z0-9.-]+)`")
                .matcher(documented)
                .results()
                .map(name -> name.group(1).toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
        Stream<String> settings = Stream.concat(
                RENDERED.get(overlay).settings().propertyStream().map(Map.Entry::getKey),
                StreamSupport.stream(
                                RENDERED.get(overlay).container().path("env").spliterator(), false)
                        .map(variable -> variable.path("name").asText()));
        // those of a cluster are documented together, or not at all
        boolean clusters = documented.contains("`switchboard.cluster.");
        assertThat(settings.filter(name -> name.startsWith("SWITCHBOARD_") || name.startsWith("MP_"))
                        .filter(name -> clusters || !name.startsWith("SWITCHBOARD_CLUSTER_")))
                .isNotEmpty()
                .isSubsetOf(names);
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void keepsServiceLinksOutOfTheStrictConfiguration(String overlay) {
        JsonNode pod = RENDERED.get(overlay).pod();
        assertThat(pod.path("enableServiceLinks").isBoolean()).isTrue();
        assertThat(pod.path("enableServiceLinks").asBoolean()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void holdsNoRightsItDoesNotNeed(String overlay) {
        assertHoldsNoRights(RENDERED.get(overlay).pod());
    }

    private static void assertHoldsNoRights(JsonNode pod) {
        assertThat(pod.path("automountServiceAccountToken").isBoolean()).isTrue();
        assertThat(pod.path("automountServiceAccountToken").asBoolean()).isFalse();
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");

        assertThat(pod.path("containers")).hasSize(1);
        JsonNode security = pod.at("/containers/0/securityContext");
        assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(security.path("allowPrivilegeEscalation").isBoolean()).isTrue();
        assertThat(security.path("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(texts(security.at("/capabilities/drop"))).containsExactly("ALL");
        assertThat(security.at("/capabilities/add").isMissingNode()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"single, tmp data", "cluster, tmp"})
    void mayWriteToTmpAndToItsDataOnly(String overlay, String writable) {
        Manifests manifests = RENDERED.get(overlay);
        JsonNode tmp = named(manifests.container().path("volumeMounts"), "tmp");
        assertThat(tmp.path("mountPath").asText()).isEqualTo("/tmp");
        assertThat(named(manifests.pod().path("volumes"), "tmp").has("emptyDir"))
                .isTrue();

        assertThat(manifests.container().path("volumeMounts"))
                .filteredOn(mount -> !mount.path("readOnly").asBoolean())
                .extracting(mount -> mount.path("name").asText())
                .containsExactlyInAnyOrder(writable.split(" ", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void readsTheVerificationKeyFromTheMountedSecret(String overlay) {
        Manifests manifests = RENDERED.get(overlay);
        JsonNode secret = named(manifests.pod().path("volumes"), "keys").path("secret");
        assertThat(secret.path("secretName").asText()).isEqualTo("switchboard-keys");
        assertThat(secret.path("optional").asBoolean())
                .as("without the key the pod must not start")
                .isFalse();

        String mountPath = named(manifests.container().path("volumeMounts"), "keys")
                .path("mountPath")
                .asText();
        assertThat(manifests.setting("MP_JWT_VERIFY_PUBLICKEY_LOCATION")).startsWith("file:" + mountPath + "/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void isProbedAtEveryStageOfItsLife(String overlay) {
        JsonNode container = RENDERED.get(overlay).container();
        assertThat(container.at("/startupProbe/httpGet/path").asText()).isEqualTo("/q/health/started");
        assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/q/health/live");
        assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/q/health/ready");
        for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
            assertThat(container.path(probe).at("/httpGet/port").asText())
                    .as(probe)
                    .isEqualTo("management");
        }
        assertThat(RENDERED.get(overlay).setting("SWITCHBOARD_MANAGEMENT_OWN_PORT"))
                .isEqualTo("true");
        assertThat(named(container.path("ports"), "management")
                        .path("containerPort")
                        .asInt())
                .isEqualTo(9000);
    }

    /** A probe must not kill what is only slow, and must not wait longer than the process may be stuck. */
    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void theProbesLeaveTime(String overlay) {
        JsonNode container = RENDERED.get(overlay).container();
        int toStart = container.at("/startupProbe/periodSeconds").asInt()
                * container.at("/startupProbe/failureThreshold").asInt();
        int toDie = container.at("/livenessProbe/periodSeconds").asInt()
                * container.at("/livenessProbe/failureThreshold").asInt();
        assertThat(toStart).isGreaterThanOrEqualTo(60);
        assertThat(toDie).isBetween(20, 60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void saysWhatItNeeds(String overlay) {
        JsonNode container = RENDERED.get(overlay).container();
        assertThat(container.at("/resources/requests/cpu").isTextual()).isTrue();
        assertThat(container.at("/resources/requests/memory").asText())
                .isNotEmpty()
                .isEqualTo(container.at("/resources/limits/memory").asText());
    }

    /** The pause, the window, the goodbyes and the rest; and the process knows how much of it is its own. */
    @ParameterizedTest
    @CsvSource({"single, 0", "cluster, 20"})
    void getsTimeToLeave(String overlay, int window) {
        Manifests manifests = RENDERED.get(overlay);
        int pause = manifests.container().at("/lifecycle/preStop/sleep/seconds").asInt();
        int grace = manifests.pod().path("terminationGracePeriodSeconds").asInt();
        assertThat(pause).isPositive();
        assertThat(seconds(manifests.settings().path("SWITCHBOARD_DRAIN_WINDOW").asText("0s")))
                .isEqualTo(window);
        assertThat(seconds(manifests.setting("SWITCHBOARD_DRAIN_GRACE_PERIOD"))).isEqualTo(grace - pause);
        assertThat(grace).isGreaterThanOrEqualTo(pause + window + FAREWELL_SECONDS + REST_SECONDS);
    }

    private static int seconds(String duration) {
        assertThat(duration).endsWith("s");
        return Integer.parseInt(duration.substring(0, duration.length() - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void namesTheImageByVersion(String overlay) {
        assertThat(RENDERED.get(overlay).container().path("image").asText())
                .matches("(.+/)?switchboard:[^:]+")
                .doesNotEndWith(":latest");
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void theServiceReachesThePodOnItsNamedPort(String overlay) {
        assertReachesThePod(RENDERED.get(overlay), NAME);
    }

    private static void assertReachesThePod(Manifests manifests, String name) {
        JsonNode service = manifests.get("Service", name).path("spec");
        assertThat(service.path("type").asText()).isEqualTo("ClusterIP");
        assertThat(service.path("ports")).as("and hides the management port").hasSize(1);
        JsonNode port = named(service.path("ports"), "http");
        assertThat(port.path("port").asInt()).isEqualTo(5050);
        assertThat(port.path("targetPort").asText()).isEqualTo("http");
        assertThat(named(manifests.container().path("ports"), "http")
                        .path("containerPort")
                        .asInt())
                .isEqualTo(5050);

        assertThat(service.path("selector").properties())
                .isNotEmpty()
                .isSubsetOf(podLabels(manifests).properties());
    }

    private static JsonNode podLabels(Manifests manifests) {
        return manifests.get("Deployment").at("/spec/template/metadata/labels");
    }

    @ParameterizedTest
    @CsvSource({"single, switchboard", "cluster, switchboard", "cluster, switchboard-sockjs"})
    void theIngressKeepsSocketsOpenAndQueriesOutOfItsLog(String overlay, String name) {
        JsonNode ingress = RENDERED.get(overlay).get("Ingress", name);
        JsonNode annotations = ingress.at("/metadata/annotations");
        assertThat(annotations.path(NGINX + "enable-access-log").asText()).isEqualTo("false");
        assertThat(annotations.path(NGINX + "proxy-read-timeout").asInt()).isGreaterThanOrEqualTo(3600);
        assertThat(annotations.path(NGINX + "proxy-send-timeout").asInt()).isGreaterThanOrEqualTo(3600);
        assertThat(ingress.at("/spec/defaultBackend").isMissingNode()).isTrue();
        assertThat(ingress.at("/spec/rules")).hasSize(1);
        assertThat(ingress.at("/spec/rules/0/http/paths")).isNotEmpty().allSatisfy(path -> {
            assertThat(path.at("/backend/service/name").asText()).isEqualTo(name);
            assertThat(path.at("/backend/service/port/name").asText()).isEqualTo("http");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"single", "cluster"})
    void theNetworkPolicyOpensEachPortToWhomItIsFor(String overlay) {
        JsonNode policy = RENDERED.get(overlay).get("NetworkPolicy").path("spec");
        assertThat(texts(policy.path("policyTypes"))).containsExactlyInAnyOrder("Ingress", "Egress");
        assertThat(policy.at("/podSelector/matchLabels").properties())
                .isNotEmpty()
                .isSubsetOf(podLabels(RENDERED.get(overlay)).properties());
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

    // One process

    @Test
    void neverRunsTwoProcessesSideBySide() {
        JsonNode spec = single().get("Deployment").path("spec");
        assertThat(spec.path("replicas").asInt()).isEqualTo(1);
        assertThat(spec.at("/strategy/type").asText()).isEqualTo("Recreate");
    }

    /** A file on the root file system could not be written, and one in /tmp would go with the pod. */
    @Test
    void keepsItsDatabaseOnAVolumeThatLasts() {
        String mountPath = named(single().container().path("volumeMounts"), "data")
                .path("mountPath")
                .asText();
        assertThat(single().setting("SWITCHBOARD_STORAGE_URL")).startsWith("jdbc:sqlite:" + mountPath + "/");
        assertThat(named(single().pod().path("volumes"), "data")
                        .at("/persistentVolumeClaim/claimName")
                        .asText())
                .isEqualTo(NAME);
        assertThat(texts(single().get("PersistentVolumeClaim").at("/spec/accessModes")))
                .containsExactly("ReadWriteOnce");
        assertThat(single().pod().at("/securityContext/fsGroup").asInt())
                .as("the user of the image may write to it")
                .isPositive();
    }

    @Test
    void tellsPrometheusByAnnotations() {
        JsonNode annotations = single().get("Deployment").at("/spec/template/metadata/annotations");
        assertThat(annotations.path("prometheus.io/port").asText()).isEqualTo("9000");
        assertThat(annotations.path("prometheus.io/path").asText()).isEqualTo("/q/metrics");
    }

    @Test
    void theIngressRoutesWhatBrowsersSpeakAndNothingElse() {
        JsonNode paths = single().get("Ingress").at("/spec/rules/0/http/paths");
        assertThat(paths)
                .allSatisfy(path -> assertThat(path.path("pathType").asText())
                        .isEqualTo(path.path("path").asText().equals(SOCKJS_PATH) ? "Prefix" : "Exact"));
        assertThat(pathsOf(paths)).containsExactlyInAnyOrderElementsOf(CLIENT_PATHS);
    }

    private static List<String> pathsOf(JsonNode paths) {
        return StreamSupport.stream(paths.spliterator(), false)
                .map(path -> path.path("path").asText())
                .toList();
    }

    @Test
    void theExampleAddsHostTlsAndAKeySet() {
        Manifests example = RENDERED.get("example");
        assertThat(example.documents())
                .containsOnlyKeys(single().documents().keySet().toArray(String[]::new));
        String host = example.get("Ingress").at("/spec/rules/0/host").asText();
        assertThat(host).isNotEmpty();
        assertThat(texts(example.get("Ingress").at("/spec/tls/0/hosts"))).containsExactly(host);
        assertThat(example.get("Ingress").at("/spec/rules/0/http/paths")).hasSize(CLIENT_PATHS.size());
        assertThat(example.setting("MP_JWT_VERIFY_PUBLICKEY_LOCATION")).startsWith("https:");
        assertThat(example.setting("SWITCHBOARD_MANAGEMENT_OWN_PORT")).isEqualTo("true");
        assertThat(example.get("Deployment").toString()).doesNotContain("switchboard-keys");
    }

    // Several

    @Test
    void hasThreeProcessesAndMoreByTheirSessions() throws IOException {
        JsonNode spec = cluster().get("Deployment").path("spec");
        assertThat(spec.has("replicas")).as("the autoscaler's to say").isFalse();
        assertThat(spec.at("/strategy/type").asText()).isEqualTo("RollingUpdate");
        assertThat(spec.at("/strategy/rollingUpdate/maxUnavailable").asInt(-1)).isZero();
        assertThat(spec.path("minReadySeconds").asInt())
                .as("who left is back before the next one goes")
                .isGreaterThan(seconds(cluster().setting("SWITCHBOARD_DRAIN_WINDOW")));

        JsonNode autoscaler = cluster().get("HorizontalPodAutoscaler").path("spec");
        assertThat(autoscaler.at("/scaleTargetRef/kind").asText()).isEqualTo("Deployment");
        assertThat(autoscaler.at("/scaleTargetRef/name").asText()).isEqualTo(NAME);
        assertThat(autoscaler.path("minReplicas").asInt()).isEqualTo(3);
        assertThat(autoscaler.path("metrics")).hasSize(1);
        JsonNode pods = autoscaler.at("/metrics/0/pods");
        assertThat(Files.readString(Path.of("docs", "operations.md")))
                .contains("`" + pods.at("/metric/name").asText() + "`");
        int most = Integer.parseInt(cluster().setting("SWITCHBOARD_LIMITS_CONNECTIONS"));
        assertThat(pods.at("/target/averageValue").asInt())
                .as("when one of three goes, the others have room for its sessions")
                .isPositive()
                .isLessThan(most * 2 / 3);
    }

    @Test
    void losesOneAtATimeOfWhatIsSpreadOut() {
        for (String name : List.of(NAME, NATS)) {
            JsonNode budget = cluster().get("PodDisruptionBudget", name).path("spec");
            assertThat(budget.path("maxUnavailable").asInt()).isEqualTo(1);
            assertThat(budget.at("/selector/matchLabels/app.kubernetes.io~1name")
                            .asText())
                    .isEqualTo(name);
        }
        assertThat(topologies(cluster().pod(), NAME))
                .containsExactlyInAnyOrder("topology.kubernetes.io/zone", "kubernetes.io/hostname");
        assertThat(topologies(cluster().nats(), NATS)).containsExactly("topology.kubernetes.io/zone");
        JsonNode apart =
                cluster().nats().at("/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/0");
        assertThat(apart.path("topologyKey").asText()).isEqualTo("kubernetes.io/hostname");
        assertThat(apart.at("/labelSelector/matchLabels/app.kubernetes.io~1name")
                        .asText())
                .isEqualTo(NATS);
    }

    private static List<String> topologies(JsonNode pod, String name) {
        return StreamSupport.stream(pod.path("topologySpreadConstraints").spliterator(), false)
                .filter(one -> one.at("/labelSelector/matchLabels/app.kubernetes.io~1name")
                        .asText()
                        .equals(name))
                .map(one -> one.path("topologyKey").asText())
                .toList();
    }

    @Test
    void takesItsSecretsFromSecrets() {
        Map<String, String> secrets = new HashMap<>();
        for (JsonNode variable : cluster().container().path("env")) {
            JsonNode reference = variable.at("/valueFrom/secretKeyRef");
            assertThat(reference.path("optional").asBoolean()).isFalse();
            secrets.put(
                    variable.path("name").asText(),
                    reference.path("name").asText() + "/"
                            + reference.path("key").asText());
        }
        assertThat(secrets)
                .isEqualTo(Map.of(
                        "SWITCHBOARD_STORAGE_URL", "switchboard-postgresql/url",
                        "SWITCHBOARD_STORAGE_USERNAME", "switchboard-postgresql/username",
                        "SWITCHBOARD_STORAGE_PASSWORD", "switchboard-postgresql/password",
                        "SWITCHBOARD_CLUSTER_NATS_USER", "switchboard-nats/user",
                        "SWITCHBOARD_CLUSTER_NATS_PASSWORD", "switchboard-nats/password"));
        assertThat(cluster().settings().properties())
                .allSatisfy(setting -> assertThat(setting.getKey()).doesNotContain("PASSWORD"));
        assertThat(cluster().setting("SWITCHBOARD_STORAGE_KIND")).isEqualTo("postgresql");
        for (String variable : List.of("user", "password")) {
            assertThat(named(cluster().nats().at("/containers/0/env"), "NATS_" + variable.toUpperCase(Locale.ROOT))
                            .at("/valueFrom/secretKeyRef/key")
                            .asText())
                    .isEqualTo(variable);
        }
    }

    /** Each server is named as it is, and the names are those of the pods. */
    @Test
    void talksToEveryServerOfNatsOverTls() {
        JsonNode set = cluster().get("StatefulSet", NATS).path("spec");
        String service = set.path("serviceName").asText();
        assertThat(cluster().get("Service", service).at("/spec/clusterIP").asText())
                .isEqualTo("None");
        assertThat(cluster().setting("SWITCHBOARD_CLUSTER_NATS_SERVERS").split(",", -1))
                .containsExactly(IntStream.range(0, set.path("replicas").asInt())
                        .mapToObj(i -> "tls://" + NATS + "-" + i + "." + service + ":4222")
                        .toArray(String[]::new));
        assertThat(set.path("replicas").asText()).isEqualTo(cluster().setting("SWITCHBOARD_CLUSTER_STREAM_REPLICAS"));

        String bucket = cluster().setting("SWITCHBOARD_CLUSTER_NATS_TLS_CONFIGURATION");
        String authority =
                cluster().setting("QUARKUS_TLS_" + bucket.toUpperCase(Locale.ROOT) + "_TRUST_STORE_PEM_CERTS");
        assertThat(authority)
                .startsWith(named(cluster().container().path("volumeMounts"), "nats")
                        .path("mountPath")
                        .asText())
                .endsWith("/ca.crt");
        JsonNode secret = named(cluster().pod().path("volumes"), "nats").path("secret");
        assertThat(texts(secret.path("items").path(0)))
                .as("not the key of the servers")
                .containsOnly("ca.crt");
        assertThat(secret.path("items")).hasSize(1);
        assertThat(secret.path("secretName").asText())
                .isEqualTo(named(cluster().nats().path("volumes"), "tls")
                        .at("/secret/secretName")
                        .asText());
    }

    @Test
    void natsKeepsItsStreamsOnVolumesAndItsRoutesToItself() {
        assertHoldsNoRights(cluster().nats());
        JsonNode claim = cluster().get("StatefulSet", NATS).at("/spec/volumeClaimTemplates/0");
        assertThat(named(
                                cluster().nats().at("/containers/0/volumeMounts"),
                                claim.at("/metadata/name").asText())
                        .path("mountPath")
                        .asText())
                .isEqualTo("/data");
        JsonNode map = cluster().get("ConfigMap", NATS);
        assertThat(named(cluster().nats().path("volumes"), "conf")
                        .at("/configMap/name")
                        .asText())
                .as("with the hash of what is in it")
                .isEqualTo(map.at("/metadata/name").asText());
        assertThat(map.at("/data/nats.conf").asText())
                .contains("store_dir: /data", "password: $NATS_PASSWORD", "verify: true", "no_advertise: true");
        for (int i = 0; i < 3; i++) {
            assertThat(map.at("/data/nats.conf").asText())
                    .contains("nats-route://" + NATS + "-" + i + "." + NATS + ":6222");
        }
        assertThat(cluster().nats().at("/containers/0/image").asText()).matches("nats:\\d+\\.\\d+\\.\\d+-alpine");
    }

    @Test
    void eachReachesWhatItNeedsAndNothingElse() {
        assertThat(flows(cluster().get("NetworkPolicy", "switchboard-backends"), "egress", "to"))
                .containsExactlyInAnyOrder(NATS + " 4222", "postgresql 5432");
        assertThat(flows(cluster().get("NetworkPolicy", NATS), "ingress", "from"))
                .containsExactlyInAnyOrder(NAME + " client", NATS + " 6222");
        assertThat(flows(cluster().get("NetworkPolicy", NATS), "egress", "to"))
                .containsExactlyInAnyOrder(NATS + " 6222", " 53", " 53");
        for (String name : List.of("switchboard-backends", NATS)) {
            assertThat(cluster()
                            .get("NetworkPolicy", name)
                            .at("/spec/podSelector/matchLabels/app.kubernetes.io~1name")
                            .asText())
                    .isEqualTo(name.equals(NATS) ? NATS : NAME);
        }
    }

    /** Who, by the name of the application, and which port. */
    private static List<String> flows(JsonNode policy, String direction, String peers) {
        List<String> flows = new ArrayList<>();
        for (JsonNode rule : policy.path("spec").path(direction)) {
            assertThat(rule.path(peers)).hasSize(1);
            for (JsonNode port : rule.path("ports")) {
                flows.add(rule.path(peers)
                                .at("/0/podSelector/matchLabels/app.kubernetes.io~1name")
                                .asText()
                        + " " + port.path("port").asText());
            }
        }
        return flows;
    }

    @Test
    void prometheusReadsThePortOfTheManagement() {
        JsonNode service = cluster().get("Service", "switchboard-metrics");
        JsonNode monitor = cluster().get("ServiceMonitor").path("spec");
        assertThat(monitor.at("/selector/matchLabels").properties())
                .isSubsetOf(service.at("/metadata/labels").properties())
                .as("not the one of the clients")
                .anyMatch(label -> !cluster()
                        .get("Service")
                        .at("/metadata/labels")
                        .properties()
                        .contains(label));
        assertThat(monitor.at("/endpoints/0/path").asText()).isEqualTo("/q/metrics");
        assertThat(named(
                                service.at("/spec/ports"),
                                monitor.at("/endpoints/0/port").asText())
                        .path("targetPort")
                        .asText())
                .isEqualTo("management");
        assertThat(service.at("/spec/selector").properties())
                .isSubsetOf(podLabels(cluster()).properties());
        assertThat(cluster().get("Deployment").at("/spec/template/metadata/annotations"))
                .as("or it would be read twice")
                .isEmpty();
    }

    /** Where paths are regular expressions, without regard to case: the host of one is the host of all. */
    @Test
    void theIngressOfTheClusterRoutesTheSamePathsAndNoOthers() {
        JsonNode ingress = cluster().get("Ingress");
        assertThat(ingress.at("/metadata/annotations").path(NGINX + "use-regex").asText())
                .isEqualTo("true");
        List<Pattern> patterns = pathsOf(ingress.at("/spec/rules/0/http/paths")).stream()
                .map(KubernetesManifestsTest::asNginxReadsIt)
                .toList();
        assertThat(ingress.at("/spec/rules/0/http/paths"))
                .allSatisfy(path -> assertThat(path.path("pathType").asText()).isEqualTo("ImplementationSpecific"));
        for (String path : CLIENT_PATHS) {
            assertThat(patterns)
                    .as(path)
                    .anyMatch(pattern -> pattern.matcher(path).find());
        }
        for (String path : List.of("/websocket/", "/websocket/info", "/websocket/websocket")) {
            assertThat(patterns)
                    .as(path)
                    .anyMatch(pattern -> pattern.matcher(path).find());
        }
        for (String path : List.of(
                "/",
                "/api/v1/events/tree",
                "/q/metrics",
                "/ws/",
                "/wsx",
                "/ws/event/x",
                "/eventx",
                "/x/ws",
                "/websocketx")) {
            assertThat(patterns)
                    .as(path)
                    .noneMatch(pattern -> pattern.matcher(path).find());
        }
    }

    @Test
    void allRequestsOfASockJsSessionReachOnePod() {
        assertReachesThePod(cluster(), "switchboard-sockjs");
        JsonNode ingress = cluster().get("Ingress", "switchboard-sockjs");
        JsonNode annotations = ingress.at("/metadata/annotations");
        assertThat(annotations.path(NGINX + "use-regex").asText()).isEqualTo("true");
        assertThat(annotations.path(NGINX + "upstream-hash-by").asText()).isEqualTo("$1");
        List<String> paths = pathsOf(ingress.at("/spec/rules/0/http/paths"));
        assertThat(paths).hasSize(1);
        Pattern pattern = asNginxReadsIt(paths.getFirst());
        for (String transport : List.of("xhr", "xhr_send", "xhr_streaming", "eventsource", "websocket")) {
            Matcher matcher = pattern.matcher("/websocket/123/k0fd8a7z/" + transport);
            assertThat(matcher.find()).as(transport).isTrue();
            assertThat(matcher.group(1)).isEqualTo("123/k0fd8a7z");
        }
        assertThat(pattern.matcher("/websocket/info").find()).isFalse();
        assertThat(pattern.matcher("/api/websocket/123/a/xhr").find()).isFalse();
    }

    private static Pattern asNginxReadsIt(String path) {
        return Pattern.compile("^" + path, Pattern.CASE_INSENSITIVE);
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
