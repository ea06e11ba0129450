package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.hub.Guard;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.log.Position;
import io.switchboard.testing.RecordingTransport;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JobFamilyTest {
    private static final Position POSITION = new Position("e", 7);
    private static final String JSON = "{\"Job\":{\"Label\":\"Überblick\"},\"TaskUpdated\":{}}";

    private static Claims claims(String username, String profile) {
        return new Claims("s-" + username, username, profile, Set.of(), List.of(), Instant.MAX);
    }

    @Test
    void aJobIsForWhoStartedIt() {
        Publication publication = JobFamily.publication(POSITION, new JobEvent("alice", JSON));

        assertThat(publication.topic()).isEqualTo(JobFamily.topicOf("alice"));
        assertThat(publication.guard().allows(claims("alice", ""))).isTrue();
        assertThat(publication.guard().allows(claims("Alice", ""))).isFalse();
        assertThat(publication.guard().allows(claims("root", Claims.ADMIN_PROFILE)))
                .isFalse();
        assertThat(publication.position()).isEqualTo(POSITION);
        assertThat(publication.policy()).isEqualTo(Policy.RELIABLE);
        assertThat(publication.key()).isEmpty();
    }

    @Test
    void aJobOfTheSystemIsForAdmins() {
        Publication publication = JobFamily.publication(POSITION, new JobEvent(JobEvent.SYSTEM_USER, JSON));

        assertThat(publication.topic()).isEqualTo(JobFamily.SYSTEM_TOPIC);
        assertThat(publication.guard().allows(claims("root", Claims.ADMIN_PROFILE)))
                .isTrue();
        assertThat(publication.guard().allows(claims("alice", "standard"))).isFalse();
        assertThat(publication.guard().allows(claims(JobEvent.SYSTEM_USER, ""))).isFalse();
    }

    @Test
    void aUserWhoIsCalledLikeTheTopicOfTheSystemSeesNoneOfIt() {
        Publication own = JobFamily.publication(POSITION, new JobEvent("@system", JSON));

        assertThat(own.guard()).isEqualTo(new Guard.IsUser("@system")).isNotEqualTo(JobFamily.SYSTEM_GUARD);
        assertThat(JobFamily.SYSTEM_GUARD.allows(claims("@system", ""))).isFalse();
    }

    @Test
    void theContentIsTheEventAsItCame() {
        Publication publication = JobFamily.publication(POSITION, new JobEvent("alice", JSON));

        assertThat(RecordingTransport.textOf(publication)).isEqualTo(JSON);
    }

    @Test
    void aUserWithDotsIsOneSegment() {
        assertThat(JobFamily.topicOf("john.doe")).isNotEqualTo(JobFamily.topicOf("john"));
        assertThat(JobFamily.topicOf("john.doe").toString()).isEqualTo("job.john%2Edoe");
    }
}
