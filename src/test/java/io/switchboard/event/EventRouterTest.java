package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Guard;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Subscription;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import io.switchboard.testing.RecordingTransport;
import io.switchboard.testing.Routers;
import io.switchboard.testing.SimulatedTime;
import io.switchboard.testing.SimulatedTime.SimulatedLoop;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventRouterTest {
    private final SimulatedTime time = new SimulatedTime();
    private final Hub hub = new Hub();
    private final List<DropReason> drops = new ArrayList<>();
    private final EventRouter router = Routers.immediate(hub, drops::add);
    private final TestLoop first = new TestLoop();
    private final TestLoop second = new TestLoop();
    private long offset;
    private int delivered;

    /** An event loop with its shard. */
    private final class TestLoop {
        private final SimulatedLoop loop = time.loop();
        private final Shard shard = hub.addShard(loop);

        /** What a new session with this view receives. */
        List<Publication> join(View view) {
            HeldView held = shard.hold(view, Pace.MERGED);
            List<Publication> received = new ArrayList<>();
            Subscription _ = shard.subscribe(held.topic(), held.guard(), received::add);
            return received;
        }

        List<Publication> joinJobs(String username) {
            List<Publication> received = new ArrayList<>();
            Subscription _ = shard.subscribe(JobFamily.topicOf(username), new Guard.IsUser(username), received::add);
            return received;
        }
    }

    private void route(Event event) {
        router.deliver(new Position("e", ++offset), event, () -> delivered++);
        first.loop.runAll();
        second.loop.runAll();
        assertThat(delivered).as("deliveries reported").isEqualTo((int) offset);
    }

    private static View view(String uuid, String... roots) {
        return view(uuid, Optional.of(uuid), roots);
    }

    private static View view(String uuid, Optional<String> slug, String... roots) {
        return new View(
                uuid,
                slug,
                IntStream.range(0, roots.length)
                        .mapToObj(i -> new View.Root(roots[i], Optional.of("root" + i), false))
                        .toList(),
                View.Permission.READ);
    }

    private static Node node(String path, String... workspaces) {
        return new Node(
                "n",
                path,
                Map.of(),
                List.of(workspaces).stream()
                        .map(uuid -> new WorkspaceRelativePath(uuid, uuid, "a.txt"))
                        .toList(),
                Map.of());
    }

    private static TreeEvent event(TreeEvent.Type type, Optional<Node> source, Optional<Node> target) {
        return new TreeEvent(EventTopic.TREE, type, source, target, false, false, 100);
    }

    private static TreeEvent created(Node target) {
        return event(TreeEvent.Type.CREATE, Optional.empty(), Optional.of(target));
    }

    @Test
    void aWorkspaceIsFoundByAppearsIn() {
        List<Publication> in = first.join(view("w1"));
        List<Publication> out = first.join(view("w2"));

        route(created(node("", "w1")));

        assertThat(in).singleElement().satisfies(publication -> {
            assertThat(publication.topic()).isEqualTo(Pace.MERGED.topicOf("w1"));
            assertThat(publication.guard()).isEqualTo(new Guard.HoldsView(view("w1")));
            assertThat(publication.position()).isEqualTo(new Position("e", 1));
        });
        assertThat(out).isEmpty();
        assertThat(drops).isEmpty();
    }

    @Test
    void aWorkspaceIsFoundByEachOfItsRoots() {
        List<Publication> two = first.join(view("w1", "ds/a", "ds/b/c"));
        List<Publication> other = first.join(view("w2", "ds/b/cc"));

        route(created(node("ds/a/x.txt")));
        route(created(node("/ds/b/c/d/e.txt")));
        route(created(node("ds/b/x.txt")));
        route(created(node("ds/b/ccc/x.txt")));

        assertThat(two).hasSize(2);
        assertThat(other).isEmpty();
    }

    @Test
    void aViewThatIsFoundInEveryWayIsToldOnce() {
        List<Publication> received = first.join(view("w1", "ds/a", "ds/a/b"));

        route(event(
                TreeEvent.Type.UPDATE_PATH,
                Optional.of(node("ds/a/b/old.txt", "w1")),
                Optional.of(node("ds/a/b/new.txt", "w1", "w1"))));

        assertThat(received).hasSize(1);
    }

    @Test
    void viewsOfOneWorkspaceAreToldApart() {
        List<Publication> a = first.join(view("personal", "ds/alice"));
        List<Publication> b = first.join(view("personal", "ds/bob"));
        List<Publication> slug = first.join(view("personal", Optional.of("mine"), "ds/alice"));

        route(created(node("ds/alice/x.txt")));

        assertThat(a).hasSize(1);
        assertThat(b).isEmpty();
        assertThat(slug).hasSize(1);
        assertThat(slug.getFirst()).isNotSameAs(a.getFirst());
    }

    @Test
    void aMoveTellsBothEnds() {
        List<Publication> from = first.join(view("w1", "ds/a"));
        List<Publication> to = second.join(view("w2", "ds/b"));

        route(event(TreeEvent.Type.UPDATE_PATH, Optional.of(node("ds/a/x.txt")), Optional.of(node("ds/b/x.txt"))));

        assertThat(from).hasSize(1);
        assertThat(to).hasSize(1);
    }

    @Test
    void sessionsThatShareAViewShareThePublication() {
        List<Publication> one = first.join(view("w1", "ds/a"));
        List<Publication> two = first.join(view("w1", "ds/a"));
        List<Publication> elsewhere = second.join(view("w1", "ds/a"));

        route(created(node("ds/a/x.txt", "w1")));

        assertThat(one).hasSize(1);
        assertThat(two).hasSize(1);
        assertThat(elsewhere).hasSize(1);
        // projected and rendered once, whatever loop it is on
        assertThat(two.getFirst()).isSameAs(one.getFirst());
        assertThat(elsewhere.getFirst()).isSameAs(one.getFirst());
    }

    @Test
    void fiftyWorkspacesAreToldEach() {
        String[] uuids = IntStream.range(0, 50).mapToObj(i -> "w" + i).toArray(String[]::new);
        List<List<Publication>> received = new ArrayList<>();
        for (int i = 0; i < uuids.length; i++) {
            received.add((i % 2 == 0 ? first : second).join(view(uuids[i])));
        }

        route(created(node("", uuids)));

        assertThat(received).allSatisfy(publications -> assertThat(publications).hasSize(1));
    }

    @Test
    void nobodyToTellIsNoDrop() {
        route(created(node("ds/a/x.txt", "w1")));

        assertThat(drops).isEmpty();
    }

    @Test
    void aLoopWithoutTheViewIsNotVisited() {
        first.join(view("w1", "ds/a"));
        second.join(view("w2", "ds/b"));

        router.deliver(new Position("e", 1), created(node("ds/a/x.txt")), () -> delivered++);

        assertThat(second.loop.runOne()).isFalse();
        assertThat(delivered).isZero();
        assertThat(first.loop.runOne()).isTrue();
        assertThat(delivered).isEqualTo(1);
    }

    @Test
    void readingIsCountedAndToldNobody() {
        List<Publication> received = first.join(view("w1", "ds/a"));

        route(event(TreeEvent.Type.READ, Optional.empty(), Optional.of(node("ds/a/x.txt", "w1"))));

        assertThat(received).isEmpty();
        assertThat(drops).containsExactly(DropReason.READ);
    }

    private static TreeEvent userMeta(String policies) {
        Node source = new Node("n", "ds/a/x.txt", Map.of(MetaPolicies.META, policies), List.of(), Map.of());
        return event(TreeEvent.Type.UPDATE_USER_META, Optional.of(source), Optional.of(node("ds/a/x.txt", "w1")));
    }

    private static Claims claims(String username, View... views) {
        return new Claims("s-" + username, username, "standard", Set.of(), List.of(views), Instant.MAX);
    }

    @Test
    void metadataOfAUserIsForThoseWhoHoldTheViewAndWhomThePoliciesAllow() {
        View view = view("w1", "ds/a");
        List<Publication> received = first.join(view);

        route(userMeta("[{\"Subject\":\"user:alice\",\"Action\":2,\"Effect\":1}]"));

        assertThat(received).singleElement().satisfies(publication -> {
            assertThat(publication.guard().allows(claims("alice", view))).isTrue();
            assertThat(publication.guard().allows(claims("bob", view))).isFalse();
            assertThat(publication.guard().allows(claims("alice"))).isFalse();
            assertThat(RecordingTransport.textOf(publication))
                    .contains("\"Target\"")
                    .doesNotContain("Source", "pydio:");
        });
        assertThat(drops).isEmpty();
    }

    @Test
    void metadataOfAUserThatNobodyMayReadIsCounted() {
        List<Publication> received = first.join(view("w1", "ds/a"));

        route(event(TreeEvent.Type.UPDATE_USER_META, Optional.empty(), Optional.of(node("ds/a/x.txt", "w1"))));
        route(userMeta("[]"));
        route(userMeta("[{\"Subject\":\"*\",\"Action\":2}]"));
        route(userMeta("[{\"Subject\":\"*\",\"Action\":2,\"Effect\":\"yes\"}]"));
        route(userMeta("no JSON"));

        assertThat(received).isEmpty();
        assertThat(drops)
                .containsExactly(
                        DropReason.NO_READER,
                        DropReason.NO_READER,
                        DropReason.NO_READER,
                        DropReason.BAD_POLICIES,
                        DropReason.BAD_POLICIES);
    }

    @Test
    void thePlaceOfMetadataOfAUserIsThatOfItsTarget() {
        List<Publication> source = first.join(view("w2", "ds/old"));
        Node old = new Node(
                "n",
                "ds/old/x.txt",
                Map.of(MetaPolicies.META, "[{\"Subject\":\"*\",\"Action\":2,\"Effect\":1}]"),
                List.of(),
                Map.of());

        route(event(TreeEvent.Type.UPDATE_USER_META, Optional.of(old), Optional.of(node("ds/a/x.txt", "w1"))));

        assertThat(source).isEmpty();
    }

    @Test
    void silentEventsMayBeDroppedAndOptimisticOnesMayNot() {
        List<Publication> received = first.join(view("w1"));
        Optional<Node> target = Optional.of(node("", "w1"));
        for (boolean silent : List.of(false, true)) {
            for (boolean optimistic : List.of(false, true)) {
                route(new TreeEvent(
                        EventTopic.TREE, TreeEvent.Type.CREATE, Optional.empty(), target, optimistic, silent, 1));
            }
        }

        assertThat(received)
                .extracting(Publication::policy)
                .containsExactly(Policy.RELIABLE, Policy.RELIABLE, Policy.DROPPABLE, Policy.RELIABLE);
    }

    @Test
    void thoseWhoWantEveryEventAreToldApartAndOnce() {
        View view = view("w1", "ds/a");
        List<Publication> every = new ArrayList<>();
        HeldView held = first.shard.hold(view, Pace.EVERY);
        Subscription _ = first.shard.subscribe(held.topic(), held.guard(), every::add);
        List<Publication> merged = first.join(view);

        route(created(node("ds/a/x.txt", "w1")));
        route(created(node("")));

        assertThat(every)
                .singleElement()
                .satisfies(p -> assertThat(p.topic().toString()).isEqualTo("tree.w1"));
        assertThat(merged).hasSize(1);
        assertThat(drops).containsExactly(DropReason.NO_PLACE);
    }

    // Identities

    private List<Publication> listen(TestLoop loop, Topic topic, Guard guard) {
        List<Publication> received = new ArrayList<>();
        Subscription _ = loop.shard.subscribe(topic, guard, received::add);
        return received;
    }

    private static IdmEvent idm(IdmEvent.Entity entity) {
        return new IdmEvent(IdmEvent.Change.UPDATE, entity, "{\"@type\":\"idm\"}");
    }

    @Test
    void aChangeOfAnIdentityReachesThoseWhomItConcerns() {
        List<Publication> role = listen(first, IdmFamily.topicOfRole("r"), new Guard.HasRole("r"));
        List<Publication> user = listen(second, IdmFamily.topicOfUser("alice"), new Guard.IsUser("alice"));
        List<Publication> subject = listen(first, IdmFamily.topicOfSubject("alice"), new Guard.IsSubject("alice"));
        List<Publication> workspace = listen(first, IdmFamily.topicOfWorkspace("r"), new Guard.HoldsWorkspace("r"));

        route(idm(new IdmEvent.Entity.Acl("r")));
        route(idm(new IdmEvent.Entity.Role("r")));
        route(idm(new IdmEvent.Entity.User(Optional.of("alice"), Optional.of("x"))));
        route(idm(new IdmEvent.Entity.User(Optional.empty(), Optional.of("alice"))));
        route(idm(new IdmEvent.Entity.Workspace("r")));
        route(idm(new IdmEvent.Entity.Other()));

        assertThat(role).hasSize(2);
        assertThat(user).hasSize(1);
        assertThat(subject).hasSize(1);
        assertThat(workspace).hasSize(1);
        assertThat(drops).containsExactly(DropReason.NO_AUDIENCE);
    }

    @Test
    void listenersHearOfIdentitiesInOrderBehindTheEvent() {
        List<String> seen = new ArrayList<>();
        IdmEvent.Entity.Workspace workspace = new IdmEvent.Entity.Workspace("w");
        Subscription _ = first.shard.subscribe(
                IdmFamily.topicOfWorkspace("w"),
                new Guard.HoldsWorkspace("w"),
                publication -> seen.add("told " + publication.position().offset()));
        EventRouter router = Routers.immediate(
                hub,
                List.of(
                        (_, _) -> {
                            throw new IllegalStateException("as a test does");
                        },
                        (position, event) -> first.loop.execute(
                                () -> seen.add("heard " + event.change() + " " + position.offset()))),
                drops::add);

        router.deliver(new Position("e", 1), idm(workspace), () -> {});
        router.deliver(
                new Position("e", 2),
                new IdmEvent(IdmEvent.Change.DELETE, new IdmEvent.Entity.Other(), "{}"),
                () -> {});
        router.deliver(new Position("e", 3), new JobEvent("alice", "{}"), () -> {});
        first.loop.runAll();

        assertThat(seen).containsExactly("told 1", "heard UPDATE 1", "heard DELETE 2");
    }

    // Activities

    @Test
    void anActivityReachesTheInboxOfAnotherUser() {
        List<Publication> alice = listen(first, ActivityFamily.topicOf("alice"), new Guard.IsUser("alice"));
        List<Publication> bob = listen(second, ActivityFamily.topicOf("bob"), new Guard.IsUser("bob"));

        route(new ActivityEvent("inbox", "USER", "alice", "bob", "{}"));
        route(new ActivityEvent("inbox", "USER", "alice", "", "{}"));
        route(new ActivityEvent("inbox", "USER", "alice", "alice", "{}"));
        route(new ActivityEvent("outbox", "USER", "alice", "bob", ""));
        route(new ActivityEvent("inbox", "NODE", "alice", "bob", ""));
        route(new ActivityEvent("", "", "", "", ""));

        assertThat(alice).hasSize(2);
        assertThat(bob).isEmpty();
        assertThat(drops)
                .containsExactly(
                        DropReason.OWN_ACTIVITY, DropReason.OTHER_BOX, DropReason.OTHER_BOX, DropReason.OTHER_BOX);
    }

    @ParameterizedTest
    @EnumSource(value = TreeEvent.Type.class, names = "READ", mode = EnumSource.Mode.EXCLUDE)
    void anEventWithoutAPlaceIsCounted(TreeEvent.Type type) {
        List<Publication> received = first.join(view("w1", "ds/a"));

        route(event(type, Optional.of(node("")), Optional.of(node(""))));
        route(event(type, Optional.empty(), Optional.empty()));

        assertThat(received).isEmpty();
        assertThat(drops).containsExactly(DropReason.NO_PLACE, DropReason.NO_PLACE);
    }

    @Test
    void aJobReachesItsOwnerOnEveryLoop() {
        List<Publication> alice = first.joinJobs("alice");
        List<Publication> aliceElsewhere = second.joinJobs("alice");
        List<Publication> bob = first.joinJobs("bob");

        route(new JobEvent("alice", "{}"));

        assertThat(alice).hasSize(1);
        assertThat(aliceElsewhere).containsExactly(alice.getFirst());
        assertThat(bob).isEmpty();
    }

    @Test
    void aJobOfTheSystemReachesAdminsOnly() {
        List<Publication> admin = new ArrayList<>();
        Subscription _ = second.shard.subscribe(JobFamily.SYSTEM_TOPIC, JobFamily.SYSTEM_GUARD, admin::add);
        List<Publication> called = first.joinJobs("@system");
        List<Publication> systemUser = first.joinJobs(JobEvent.SYSTEM_USER);

        route(new JobEvent(JobEvent.SYSTEM_USER, "{}"));

        assertThat(admin).hasSize(1);
        assertThat(called).isEmpty();
        assertThat(systemUser).isEmpty();

        route(new JobEvent("@system", "{}"));

        assertThat(admin).hasSize(1);
        assertThat(called).hasSize(1);
    }
}
