package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicTest {
    @Test
    void shouldBeEqualBySegments() {
        assertThat(Topic.of("job", "alice"))
                .isEqualTo(Topic.of("job", "alice"))
                .hasSameHashCodeAs(Topic.of("job", "alice"))
                .isNotEqualTo(Topic.of("job", "bob"))
                .isNotEqualTo(Topic.of("job"))
                .isNotEqualTo(Topic.of("job.alice"))
                .isNotEqualTo(Topic.of("job", "alice", "x"))
                .isNotEqualTo("job.alice");
    }

    @Test
    void shouldDistinguishTopicsOfTheSameHash() {
        // "Aa" and "BB" have the same hash
        assertThat(Topic.of("Aa")).hasSameHashCodeAs(Topic.of("BB")).isNotEqualTo(Topic.of("BB"));
    }

    @Test
    void shouldEncodeWhatHasAMeaning() {
        assertThat(Topic.of("tree", "w1")).hasToString("tree.w1");
        assertThat(Topic.of("job", "a.b")).hasToString("job.a%2Eb");
        assertThat(Topic.of("%", "*", ">", "/", ":")).hasToString("%25.%2A.%3E.%2F.%3A");
        assertThat(Topic.of("jürgen@example")).hasToString("jürgen@example");
    }

    @Test
    void shouldWriteDifferentTopicsDifferently() {
        assertThat(List.of(
                        Topic.of("a", "b"),
                        Topic.of("a.b"),
                        Topic.of("a%2Eb"),
                        Topic.of("a/b"),
                        Topic.of("a", "b", "c")))
                .extracting(Topic::toString)
                .doesNotHaveDuplicates();
    }

    @Test
    void shouldRefuseEmptySegments() {
        assertThatThrownBy(() -> Topic.of("a", "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldBeOfOneOfAClosedListOfKinds() {
        assertThat(Topic.of("tree", "ws").kind()).isEqualTo(Topic.Kind.TREE);
        assertThat(Topic.of("@merged-tree", "ws").kind()).isEqualTo(Topic.Kind.TREE);
        assertThat(Topic.of("idm", "role", "r").kind()).isEqualTo(Topic.Kind.IDM);
        assertThat(Topic.of("whatever a client likes").kind()).isEqualTo(Topic.Kind.OTHER);
        assertThat(Topic.of("other").kind()).isEqualTo(Topic.Kind.OTHER);
        assertThat(Topic.of("@").kind()).isEqualTo(Topic.Kind.OTHER);
    }
}
