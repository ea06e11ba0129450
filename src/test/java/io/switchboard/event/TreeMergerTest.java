package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.event.MergingWorld.Member;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeMergerTest {
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final Duration MOST = Duration.ofSeconds(5);
    private static final Duration LOOKUP = Duration.ofSeconds(2);

    private MergingWorld world = world(QUIET, MOST, false, 0, 0);
    private Member alice = world.join(MergingWorld.view("w", "ds"));

    private static MergingWorld world(Duration quiet, Duration most, boolean leadingEdge, int events, long bytes) {
        return new MergingWorld(new TreeSettings(quiet, most, leadingEdge, events, bytes, 0, LOOKUP), Optional.empty());
    }

    private void use(MergingWorld other) {
        world = other;
        alice = world.join(MergingWorld.view("w", "ds"));
    }

    private void publish(String type, String uuid, String meta) {
        world.publish("{'Type':'%s','Target':{'Uuid':'%s','Path':'ds/%s','MetaStore':{%s}}}"
                .formatted(type, uuid, uuid, meta));
    }

    private void publish(String type, String uuid) {
        publish(type, uuid, "");
    }

    private void pass(Duration duration) {
        world.advance(duration);
    }

    @AfterEach
    void nothingIsLeft() {
        pass(Duration.ofMinutes(10));
        assertThat(world.merger.nodes()).isZero();
        assertThat(world.merger.bytes()).isZero();
        assertThat(world.inFlight).isZero();
        pass(Duration.ofMinutes(10));
        assertThat(world.time.pendingTimers()).isZero();
    }

    // The quiet window

    @ParameterizedTest
    @ValueSource(strings = {"CREATE", "UPDATE_CONTENT", "UPDATE_META"})
    void shouldHoldAChangeUntilTheNodeIsQuiet(String type) {
        publish(type, "n");
        pass(Duration.ofMillis(999));
        assertThat(alice.received).isEmpty();
        assertThat(world.inFlight).as("held is in flight").isEqualTo(1);
        pass(Duration.ofMillis(1));

        assertThat(alice.received).containsExactly(type + " w/n");
        assertThat(world.inFlight).isZero();
    }

    @Test
    void shouldStartTheWindowAgainWithEachChange() {
        publish("CREATE", "n", "'a':'1'");
        pass(Duration.ofMillis(900));
        publish("UPDATE_META", "n", "'b':'2'");
        pass(Duration.ofMillis(900));
        publish("UPDATE_CONTENT", "n", "'a':'3'");
        pass(Duration.ofMillis(999));
        assertThat(alice.received).isEmpty();
        assertThat(world.inFlight).isEqualTo(1);
        pass(Duration.ofMillis(1));

        assertThat(alice.received).containsExactly("CREATE w/n a=3 b=2");
        assertThat(world.merges).isEqualTo(2);
    }

    @Test
    void shouldHoldNothingForLongerThanTheMaximum() {
        for (int i = 0; i < 60; i++) {
            publish("UPDATE_META", "n", "'a':'" + i + "'");
            pass(Duration.ofMillis(100));
        }
        assertThat(alice.received).containsExactly("UPDATE_META w/n a=49");
        pass(QUIET);

        assertThat(alice.received).containsExactly("UPDATE_META w/n a=49", "UPDATE_META w/n a=59");
    }

    @Test
    void shouldHoldForAsLongAsItTakesWithoutAMaximum() {
        use(world(QUIET, Duration.ZERO, false, 0, 0));
        for (int i = 0; i < 600; i++) {
            publish("UPDATE_META", "n", "'a':'" + i + "'");
            pass(Duration.ofMillis(100));
        }
        assertThat(alice.received).isEmpty();
        pass(QUIET);

        assertThat(alice.received).containsExactly("UPDATE_META w/n a=599");
    }

    @Test
    void shouldHoldNothingWithoutAWindow() {
        use(world(Duration.ZERO, MOST, false, 0, 0));
        publish("CREATE", "n");
        publish("UPDATE_META", "n");

        assertThat(alice.received).containsExactly("CREATE w/n", "UPDATE_META w/n");
        assertThat(world.time.pendingTimers()).isZero();
    }

    @Test
    void shouldKeepNodesApart() {
        publish("CREATE", "a");
        publish("CREATE", "b");
        publish("UPDATE_META", "a", "'x':'1'");
        pass(QUIET);

        assertThat(alice.received).containsExactly("CREATE w/b", "CREATE w/a x=1");
    }

    @Test
    void shouldNotMergeNodesWithoutAUuid() {
        world.publish("{'Target':{'Path':'ds/a'}}");
        world.publish("{'Target':{'Path':'ds/b'}}");

        assertThat(alice.received).containsExactly("CREATE w/a", "CREATE w/b");
    }

    @Test
    void shouldReleaseManyAtOnceWithoutWaiting() {
        for (int i = 0; i < 1000; i++) {
            publish("CREATE", "n" + i);
        }
        pass(QUIET);

        assertThat(alice.received).hasSize(1000);
    }

    // What passes at once

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Type':'DELETE','Source':{'Uuid':'n','Path':'ds/n'}}",
                "{'Type':'UPDATE_PATH','Source':{'Uuid':'n','Path':'ds/n'},'Target':{'Uuid':'n','Path':'ds/m'}}",
                "{'Type':'UPDATE_PATH','Source':{'Path':'ds/n'},'Target':{'Uuid':'n','Path':'ds/m'}}",
                "{'Type':'UPDATE_META','Optimistic':true,'Target':{'Uuid':'n','Path':'ds/n'}}",
                "{'Type':'UPDATE_USER_META','Target':{'Uuid':'n','Path':'ds/n'},'Source':{'MetaStore':"
                        + "{'pydio:meta-policies':'[{\\'Subject\\':\\'*\\',\\'Action\\':2,\\'Effect\\':1}]'}}}"
            })
    void shouldPassAtOnceBehindWhatWasHeldOfTheNode(String event) {
        publish("CREATE", "n", "'a':'1'");
        publish("CREATE", "other");
        publish("UPDATE_META", "n", "'b':'1'");
        world.publish(event);

        assertThat(alice.received).hasSize(2);
        assertThat(alice.received.getFirst()).isEqualTo("CREATE w/n a=1 b=1");
        pass(QUIET);
        assertThat(alice.received).hasSize(3).last().isEqualTo("CREATE w/other");
    }

    @Test
    void shouldPassAnOptimisticEventWhateverFollows() {
        world.publish("{'Optimistic':true,'Target':{'Uuid':'n','Path':'ds/n'}}");
        assertThat(alice.received).containsExactly("CREATE w/n");
        publish("CREATE", "n", "'a':'1'");
        assertThat(alice.received).hasSize(1);
        pass(QUIET);
        assertThat(alice.received).containsExactly("CREATE w/n", "CREATE w/n a=1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'Type':'DELETE','Source':{'Uuid':'f','Path':'ds/f'}}",
                "{'Type':'DELETE','Source':{'Uuid':'f','AppearsIn':[{'WsUuid':'w','Path':'/f/'}]}}",
                "{'Type':'UPDATE_PATH','Source':{'Uuid':'f','Path':'ds/f','Type':'COLLECTION'},"
                        + "'Target':{'Uuid':'f','Path':'ds/g'}}"
            })
    void shouldReleaseWhatIsInAFolderBeforeItMovesOrGoes(String event) {
        world.publish("{'Target':{'Uuid':'in','Path':'ds/f/in','AppearsIn':[{'WsUuid':'w','Path':'f/in'}]}}");
        world.publish("{'Target':{'Uuid':'beside','Path':'ds/ff','AppearsIn':[{'WsUuid':'w','Path':'ff'}]}}");
        world.publish(event);

        assertThat(alice.received).hasSize(2);
        assertThat(alice.received.getFirst()).isEqualTo("CREATE w/f/in");
    }

    // Bounds

    @Test
    void shouldLetTheOldestGoAboveTheNumber() {
        use(world(QUIET, MOST, false, 2, 0));
        publish("CREATE", "a");
        publish("CREATE", "b");
        publish("UPDATE_META", "a", "'x':'1'");
        assertThat(alice.received).isEmpty();
        publish("CREATE", "c");
        assertThat(alice.received).as("the one that is held for longest").containsExactly("CREATE w/a x=1");
        assertThat(world.merger.nodes()).isEqualTo(2);
    }

    @Test
    void shouldLetTheOldestGoAboveTheBytes() {
        use(world(QUIET, MOST, false, 0, 1000));
        publish("CREATE", "a", "'x':'" + "x".repeat(300) + "'");
        publish("CREATE", "b", "'x':'" + "x".repeat(300) + "'");
        assertThat(alice.received).isEmpty();
        publish("CREATE", "c", "'x':'" + "x".repeat(300) + "'");
        assertThat(alice.received).hasSize(1).first().asString().startsWith("CREATE w/a");
        publish("CREATE", "d", "'x':'" + "x".repeat(2000) + "'");
        assertThat(alice.received).as("what alone is too much passes").hasSize(4);
        assertThat(world.merger.bytes()).isZero();
    }

    @Test
    void shouldNotCountAgainWhatIsReplaced() {
        use(world(QUIET, MOST, false, 0, 2000));
        for (int i = 0; i < 100; i++) {
            publish("UPDATE_META", "a", "'x':'" + "x".repeat(500) + "'");
        }
        assertThat(alice.received).isEmpty();
        assertThat(world.merger.bytes()).isBetween(500L, 1000L);
    }

    // The leading edge

    @Test
    void shouldLetTheFirstGoAtOnceIfAsked() {
        use(world(QUIET, MOST, true, 0, 0));
        publish("CREATE", "n", "'a':'1'");
        assertThat(alice.received).containsExactly("CREATE w/n a=1");
        publish("UPDATE_META", "n", "'b':'2'");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','MetaStore':{'c':'3'}}}");
        assertThat(alice.received).hasSize(1);
        pass(QUIET);
        assertThat(alice.received)
                .as("what was delivered is no creation again, but still says what it said")
                .containsExactly("CREATE w/n a=1", "UPDATE_META w/n a=1 b=2 c=3");
        publish("UPDATE_META", "n", "'d':'4'");
        assertThat(alice.received).as("the window is over").hasSize(3).last().isEqualTo("UPDATE_META w/n d=4");
    }

    @Test
    void shouldHoldTheFirstThatDoesNotSayWhere() {
        use(world(QUIET, MOST, true, 0, 0));
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','MetaStore':{'a':'1'}}}");
        assertThat(alice.received).isEmpty();
        publish("UPDATE_META", "n", "'b':'2'");
        pass(QUIET);
        assertThat(alice.received).containsExactly("UPDATE_META w/n a=1 b=2");
    }

    @Test
    void shouldForgetWhereTheContentOfAFolderWasThatMoves() {
        use(world(QUIET, MOST, true, 0, 0));
        world.publish("{'Target':{'Uuid':'in','Path':'ds/f/in'}}");
        world.publish("{'Type':'UPDATE_PATH','Source':{'Uuid':'f','Path':'ds/f'},'Target':{'Uuid':'f','Path':'x/f'}}");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'in','MetaStore':{'a':'1'}}}");
        pass(QUIET);

        assertThat(alice.received).containsExactly("CREATE w/f/in", "DELETE w/f");
        assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
    }

    @Test
    void shouldGoOnMergingAfterTheMaximum() {
        use(world(QUIET, MOST, true, 0, 0));
        for (int i = 0; i < 120; i++) {
            publish("UPDATE_META", "n", "'a':'" + i + "'");
            pass(Duration.ofMillis(100));
        }
        pass(QUIET);
        assertThat(alice.received)
                .containsExactly(
                        "UPDATE_META w/n a=0",
                        "UPDATE_META w/n a=50",
                        "UPDATE_META w/n a=100",
                        "UPDATE_META w/n a=119");
    }

    @Test
    void shouldKeepToAMaximumThatIsShorterThanTheWindow() {
        use(world(Duration.ofHours(1), MOST, true, 0, 0));
        publish("CREATE", "a");
        publish("CREATE", "b");
        publish("UPDATE_META", "b", "'x':'1'");
        pass(MOST);
        assertThat(alice.received).containsExactly("CREATE w/a", "CREATE w/b", "UPDATE_META w/b x=1");
        pass(Duration.ofHours(1));
    }

    // Who sees it

    @Test
    void shouldAskForTheViewsWhenTheEventLeaves() {
        publish("CREATE", "n");
        Member bob = world.join(MergingWorld.view("v", "ds"));
        alice.leave();
        pass(QUIET);

        assertThat(alice.received).isEmpty();
        assertThat(bob.received).containsExactly("CREATE v/n");
    }

    @Test
    void shouldShowANodeThatLeftAWorkspaceOnlyWhereItIsNow() {
        Member from = world.join(MergingWorld.view("from", "from"));
        Member to = world.join(MergingWorld.view("to", "to"));
        world.publish("{'Type':'UPDATE_CONTENT','Target':{'Uuid':'n','Path':'from/n','MetaStore':{'a':'1'},"
                + "'AppearsIn':[{'WsUuid':'from','Path':'n'},{'WsUuid':'to','Path':'n'}]}}");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','Path':'to/n','MetaStore':{'b':'2'},"
                + "'AppearsIn':[{'WsUuid':'to','Path':'n'}]}}");
        pass(QUIET);
        assertThat(from.received).isEmpty();
        assertThat(to.received).containsExactly("UPDATE_CONTENT to/n a=1 b=2");

        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','Path':'from/n',"
                + "'AppearsIn':[{'WsUuid':'from','Path':'n'}]}}");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','Path':'to/n'}}");
        pass(QUIET);
        assertThat(from.received).as("only the path says that it moved").isEmpty();
        assertThat(to.received).hasSize(2);

        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','Path':'from/n'}}");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','AppearsIn':[{'WsUuid':'to','Path':'n'}]}}");
        pass(QUIET);
        assertThat(from.received).as("only the workspaces say that it moved").isEmpty();
        assertThat(to.received).hasSize(3);
    }

    @Test
    void shouldForgetWhatWasHeldWhenTheNodeMoves() {
        Member from = world.join(MergingWorld.view("from", "from"));
        Member to = world.join(MergingWorld.view("to", "to"));
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','Path':'from/n'}}");
        world.publish(
                "{'Type':'UPDATE_PATH','Source':{'Uuid':'n','Path':'from/n'},'Target':{'Uuid':'n','Path':'to/n'}}");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n','MetaStore':{'a':'1'}}}");
        pass(QUIET);

        assertThat(from.received).containsExactly("UPDATE_META from/n", "DELETE from/n");
        assertThat(to.received).containsExactly("CREATE to/n");
        assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
    }

    @Test
    void shouldHoldNothingForNobody() {
        alice.leave();
        publish("CREATE", "n");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'n'}}");

        assertThat(world.merger.nodes()).isZero();
        assertThat(world.inFlight).isZero();
        assertThat(world.time.pendingTimers()).isZero();
        assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
    }

    @Test
    void shouldNotTellANewcomerWhatIsOutOfDate() {
        publish("UPDATE_META", "n", "'a':'1'");
        alice.leave();
        publish("UPDATE_META", "n", "'a':'2'");
        Member bob = world.join(MergingWorld.view("w", "ds"));
        pass(QUIET);

        assertThat(bob.received).containsExactly("UPDATE_META w/n a=2");
    }

    @Test
    void shouldGiveTheMergedEventThePlaceOfTheLast() {
        List<Publication> publications = new ArrayList<>();
        world.join(MergingWorld.view("v", "ds"), publications::add);
        publish("CREATE", "n");
        publish("CREATE", "m");
        publish("UPDATE_META", "n");
        pass(QUIET);

        assertThat(publications)
                .extracting(publication -> publication.position().offset())
                .containsExactly(2L, 3L);
        assertThat(publications.getFirst().guard()).isEqualTo(new Guard.HoldsView(MergingWorld.view("v", "ds")));
    }

    // The end

    @Test
    void shouldLetEverythingGoAtTheEndAndHoldNothingAfter() {
        publish("CREATE", "a");
        publish("CREATE", "b");
        publish("UPDATE_META", "a", "'x':'1'");
        world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'lost'}}");
        world.merger.close();
        world.settle();
        assertThat(alice.received).containsExactly("CREATE w/b", "CREATE w/a x=1");
        assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
        publish("CREATE", "c");
        assertThat(alice.received).hasSize(3);
        world.merger.close();
    }

    /** Events that do not say where their node is. */
    @Nested
    class Places {
        private final Map<String, CompletableFuture<Optional<Node>>> asked = new HashMap<>();

        private void answering(Duration quiet, int lookups) {
            world = new MergingWorld(
                    new TreeSettings(quiet, MOST, false, 0, 0, lookups, LOOKUP), Optional.of(this::find));
            alice = world.join(MergingWorld.view("w", "ds"));
        }

        private CompletionStage<Optional<Node>> find(String uuid) {
            if (uuid.equals("broken")) {
                throw new IllegalStateException("as a test does");
            }
            CompletableFuture<Optional<Node>> result = new CompletableFuture<>();
            assertThat(asked.put(uuid, result)).as("asked once").isNull();
            return result;
        }

        private Node node(String uuid, String path, String... workspaces) {
            return new Node(
                    uuid,
                    path,
                    Map.of(),
                    List.of(workspaces).stream()
                            .map(workspace -> new WorkspaceRelativePath(workspace, "", "n"))
                            .toList(),
                    Map.of());
        }

        private void meta(String uuid, String meta) {
            world.publish("{'Type':'UPDATE_META','Target':{'Uuid':'" + uuid + "','MetaStore':{" + meta + "}}}");
        }

        private void answer(String uuid, Node node) {
            asked.remove(uuid).complete(Optional.of(node));
            world.settle();
        }

        @Test
        void shouldBeDroppedWithoutAService() {
            meta("n", "'a':'1'");
            assertThat(world.drops).isEmpty();
            pass(QUIET);

            assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
        }

        @Test
        void shouldBeMergedIntoWhatSaysIt() {
            meta("n", "'a':'1'");
            publish("UPDATE_META", "n", "'b':'2'");
            meta("n", "'c':'3'");
            pass(QUIET);

            assertThat(alice.received).containsExactly("UPDATE_META w/n a=1 b=2 c=3");
            assertThat(world.drops).isEmpty();
        }

        @Test
        void shouldBeLookedUpAfterMerging() {
            answering(QUIET, 0);
            meta("n", "'a':'1'");
            meta("n", "'b':'2'");
            assertThat(asked).isEmpty();
            pass(QUIET);
            assertThat(world.inFlight).isEqualTo(1);
            answer("n", node("n", "ds/n"));

            assertThat(alice.received).containsExactly("UPDATE_META w/n a=1 b=2");
        }

        @Test
        void shouldBeLookedUpAtOnceWithoutAWindow() {
            answering(Duration.ZERO, 0);
            meta("n", "'a':'1'");
            meta("n", "'b':'2'");
            answer("n", node("", "", "w"));

            assertThat(alice.received).containsExactly("UPDATE_META w/n a=1", "UPDATE_META w/n b=2");
        }

        @Test
        void shouldBeDroppedIfTheServiceDoesNotKnow() {
            answering(Duration.ZERO, 0);
            meta("unknown", "");
            asked.remove("unknown").complete(Optional.empty());
            world.settle();
            meta("failing", "");
            asked.remove("failing").completeExceptionally(new IllegalStateException("as a test does"));
            world.settle();
            meta("broken", "");
            meta("nowhere", "");
            answer("nowhere", node("nowhere", ""));
            meta("n", "");
            answer("n", node("another", "ds/n"));
            meta("late", "");
            pass(LOOKUP);
            answer("late", node("late", "ds/late"));

            assertThat(alice.received).isEmpty();
            assertThat(world.drops).hasSize(6).containsOnly(DropReason.LOOKUP_FAILED);
            assertThat(world.inFlight).isZero();
        }

        @Test
        void shouldBeDroppedIfTooManyWait() {
            answering(Duration.ZERO, 2);
            meta("a", "");
            meta("a", "");
            meta("a", "");
            meta("b", "");
            assertThat(world.drops).containsExactly(DropReason.LOOKUP_FAILED, DropReason.LOOKUP_FAILED);
            answer("a", node("a", "ds/a"));
            meta("b", "");
            assertThat(alice.received).hasSize(2);
            assertThat(world.drops).hasSize(2);
            answer("b", node("b", "ds/b"));
        }

        @Test
        void shouldBeDroppedWithoutAUuid() {
            answering(Duration.ZERO, 0);
            meta("", "");

            assertThat(world.drops).containsExactly(DropReason.NO_PLACE);
        }

        @Test
        void shouldComeBeforeALaterEventThatSaysIt() {
            answering(Duration.ZERO, 0);
            meta("n", "'a':'1'");
            publish("UPDATE_META", "n", "'a':'2'");
            assertThat(alice.received).containsExactly("UPDATE_META w/n a=1", "UPDATE_META w/n a=2");
            answer("n", node("n", "ds/elsewhere"));
            assertThat(alice.received).hasSize(2);
        }

        @Test
        void shouldTakeThePlaceThatTheNodeIsAboutToLeave() {
            answering(QUIET, 0);
            Member from = world.join(MergingWorld.view("from", "from"));
            Member to = world.join(MergingWorld.view("to", "to"));
            meta("n", "'a':'1'");
            world.publish("{'Type':'UPDATE_PATH','Source':{'Uuid':'n','Path':'from/n'},"
                    + "'Target':{'Uuid':'n','Path':'to/n'}}");

            assertThat(from.received).containsExactly("UPDATE_META from/n a=1", "DELETE from/n");
            assertThat(to.received).containsExactly("CREATE to/n");
            assertThat(asked).isEmpty();
        }

        @Test
        void shouldBeForgottenWithTheNode() {
            answering(Duration.ZERO, 0);
            meta("n", "'a':'1'");
            world.publish("{'Type':'DELETE','Source':{'Uuid':'n'}}");
            answer("n", node("n", "ds/n"));

            assertThat(alice.received).isEmpty();
            assertThat(world.drops).containsExactly(DropReason.NO_PLACE, DropReason.NO_PLACE);
        }

        @Test
        void shouldBeDroppedAtTheEnd() {
            answering(Duration.ZERO, 0);
            meta("n", "'a':'1'");
            world.merger.close();
            answer("n", node("n", "ds/n"));

            assertThat(alice.received).isEmpty();
            assertThat(world.drops).containsExactly(DropReason.LOOKUP_FAILED);
        }

        @Test
        void shouldBeSeenOnlyWhereTheServiceSaysThatTheNodeIs() {
            answering(Duration.ZERO, 0);
            Member bob = world.join(MergingWorld.view("v", "other"));
            meta("n", "'a':'1'");
            answer("n", node("n", "other/n"));

            assertThat(alice.received).isEmpty();
            assertThat(bob.received).containsExactly("UPDATE_META v/n a=1");
        }
    }
}
