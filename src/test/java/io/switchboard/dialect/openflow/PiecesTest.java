package io.switchboard.dialect.openflow;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.dialect.openflow.Pieces.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PiecesTest {
    private static final int BOUND = 40_000;
    private static final int ANONYMOUS = 4_000;

    private long now = Long.MAX_VALUE - 5;
    private final Pieces pieces = new Pieces(
            new OpenFlowSettings(
                    500, BOUND, ANONYMOUS, 100, Duration.ofSeconds(60), Duration.ofSeconds(1), Duration.ofSeconds(1)),
            () -> now);

    private static Packet piece(String id, int index, int count, String data) {
        return new Packet(id, "", "echo", data, count, index);
    }

    private static Packet complete(Result result) {
        assertThat(result).isInstanceOf(Result.Complete.class);
        return ((Result.Complete) result).packet();
    }

    private static String refused(Result result) {
        assertThat(result).isInstanceOf(Result.Refused.class);
        Result.Refused refused = (Result.Refused) result;
        return refused.status() + " " + refused.message();
    }

    private void nothingIsLeft() {
        assertThat(pieces.size()).isZero();
        assertThat(pieces.bytes()).isZero();
    }

    @Test
    void aWholeCommandIsOne() {
        assertThat(complete(pieces.add(piece("", 0, 1, "{}"))).data()).isEqualTo("{}");
        nothingIsLeft();
    }

    @Test
    void aSurrogatePairAndAnEscapeThatAreCutInTwoAreWholeAgain() {
        String data = "{\"a\":\"😀\\n\"}";
        for (int cut = 1; cut < data.length(); cut++) {
            assertThat(pieces.add(piece("p", 0, 2, data.substring(0, cut)))).isInstanceOf(Result.Incomplete.class);
            assertThat(complete(pieces.add(piece("p", 1, 2, data.substring(cut))))
                            .data())
                    .isEqualTo(data);
        }
        nothingIsLeft();
    }

    @Test
    void piecesThatComeOutOfOrderAndAmongOthersAreJoinedByTheirPlace() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<Packet> all = new ArrayList<>();
            for (String id : List.of("a", "b", "c")) {
                int count = 1 + random.nextInt(9);
                for (int i = 0; i < count; i++) {
                    all.add(piece(id, i, count, id + i + ","));
                }
            }
            Collections.shuffle(all, random);
            int done = 0;
            for (Packet packet : all) {
                if (pieces.add(packet) instanceof Result.Complete(Packet whole)) {
                    done++;
                    StringBuilder expected = new StringBuilder();
                    for (int i = 0; i < packet.count(); i++) {
                        expected.append(packet.id()).append(i).append(',');
                    }
                    assertThat(whole.data()).isEqualTo(expected.toString());
                    assertThat(whole.command()).isEqualTo("echo");
                }
            }
            assertThat(done).isEqualTo(3);
            nothingIsLeft();
        }
    }

    @Test
    void ofAPieceThatComesTwiceTheFirstCounts() {
        pieces.add(piece("p", 0, 2, "first"));
        long before = pieces.bytes();
        assertThat(pieces.add(piece("p", 0, 2, "second"))).isInstanceOf(Result.Incomplete.class);
        assertThat(pieces.bytes()).isEqualTo(before);
        assertThat(complete(pieces.add(piece("p", 1, 2, "."))).data()).isEqualTo("first.");
        nothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void piecesWithDifferentCountsAreRefusedOnceAndTheRestIsIgnored(int other) {
        pieces.add(piece("p", 0, 3, "a"));
        assertThat(refused(pieces.add(piece("p", other - 1, other, "b"))))
                .isEqualTo("400 send all pieces of a command with the same count");
        assertThat(pieces.add(piece("p", 1, 3, "c"))).isInstanceOf(Result.Incomplete.class);
        assertThat(pieces.add(piece("p", 2, 3, "d"))).isInstanceOf(Result.Incomplete.class);
        nothingIsLeft();
        // the id is free again
        assertThat(complete(pieces.add(piece("p", 0, 1, "x"))).data()).isEqualTo("x");
    }

    @ParameterizedTest
    @CsvSource({"-1,2", "2,2", "0,0", "0,-1", "0,20001", "5,1"})
    void whatCannotBeAPieceIsRefused(int index, int count) {
        assertThat(refused(pieces.add(piece("p", index, count, "x"))))
                .isEqualTo("400 send 1 to 20000 pieces, with an index from 0 up to below their count");
        nothingIsLeft();
    }

    @Test
    void piecesNeedAnId() {
        assertThat(refused(pieces.add(piece("", 0, 2, "x")))).isEqualTo("400 send an id with a command in pieces");
        nothingIsLeft();
    }

    @Test
    void tenThousandIdsAtOnceAreNotOpened() {
        pieces.signedIn();
        int opened = 0;
        for (int i = 0; i < 10_000; i++) {
            switch (pieces.add(piece("p" + i, 0, 2, ""))) {
                case Result.Incomplete() -> opened++;
                case Result.Refused refused -> {
                    assertThat(refused.status()).isEqualTo(429);
                    assertThat(refused.packet().id()).isEqualTo("p" + i);
                }
                case Result.Complete _ -> throw new AssertionError("complete");
            }
        }
        assertThat(opened).isEqualTo(100);
        assertThat(pieces.size()).isEqualTo(100);
        assertThat(pieces.bytes()).isLessThanOrEqualTo(BOUND);
        assertThat(complete(pieces.add(piece("p0", 1, 2, "whole"))).data()).isEqualTo("whole");
    }

    @Test
    void theBoundIsOnAllThatIsOpenAndHigherOnceSomebodyHasSignedIn() {
        String half = "x".repeat(ANONYMOUS / 2);
        assertThat(refused(pieces.add(piece("p", 0, 2, half))))
                .isEqualTo("400 send less: commands that are not complete take at most " + ANONYMOUS + " bytes");
        assertThat(pieces.add(piece("p", 1, 2, half))).isInstanceOf(Result.Incomplete.class);
        nothingIsLeft();
        pieces.signedIn();
        String more = "x".repeat(BOUND / 5);
        assertThat(pieces.add(piece("a", 0, 2, more))).isInstanceOf(Result.Incomplete.class);
        assertThat(pieces.add(piece("b", 0, 2, more))).isInstanceOf(Result.Incomplete.class);
        assertThat(pieces.bytes()).isBetween(BOUND * 4L / 5, (long) BOUND);
        assertThat(refused(pieces.add(piece("a", 1, 2, more)))).startsWith("400 send less");
        assertThat(complete(pieces.add(piece("b", 1, 2, "."))).data()).isEqualTo(more + ".");
        nothingIsLeft();
    }

    @Test
    void manyPiecesThatArePromisedCountBeforeTheyCome() {
        assertThat(refused(pieces.add(piece("p", 0, 20_000, "")))).startsWith("400 send less");
        nothingIsLeft();
    }

    @Test
    void piecesThatAreNeverCompleteAreForgotten() {
        pieces.add(piece("old", 0, 2, "a"));
        now += Duration.ofSeconds(40).toNanos();
        pieces.add(piece("newer", 0, 2, "b"));
        now += Duration.ofSeconds(19).toNanos();
        pieces.add(piece("x", 0, 1, ""));
        assertThat(pieces.size()).isEqualTo(2);
        now += Duration.ofSeconds(1).toNanos();
        pieces.add(piece("x", 0, 1, ""));
        assertThat(pieces.size()).isEqualTo(1);
        assertThat(complete(pieces.add(piece("newer", 1, 2, "."))).data()).isEqualTo("b.");
        nothingIsLeft();
    }
}
