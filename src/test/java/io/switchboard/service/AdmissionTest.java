package io.switchboard.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.service.ServiceAnswer.Failure;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final Actor NOBODY = new Actor(UUID.randomUUID(), "flamigo", Optional.empty());
    private static final Actor CLERK = TestCalls.actor("clerk");

    private static Optional<Integer> refused(Admission admission, Actor actor) {
        return admission.refuse(actor).map(Failure::status);
    }

    @Test
    void aMethodThatSaysNothingIsForEveryActor() {
        Admission open = new Admission(false, Set.of(), false);

        assertThat(refused(open, CLERK)).isEmpty();
        assertThat(refused(open, NOBODY)).isEmpty();
    }

    @Test
    void whatRequiresAnActorIsForWhoIsSignedIn() {
        Admission anybody = new Admission(true, Set.of(), false);

        assertThat(refused(anybody, CLERK)).isEmpty();
        assertThat(refused(anybody, NOBODY)).contains(401);
    }

    @Test
    void oneOfTheRolesIsEnough() {
        assertThat(refused(new Admission(true, Set.of("clerk", "manager"), false), CLERK))
                .isEmpty();
        assertThat(refused(new Admission(true, Set.of("manager"), false), CLERK))
                .contains(403);
        assertThat(refused(new Admission(true, Set.of("manager"), false), NOBODY))
                .contains(401);
        assertThat(refused(new Admission(false, Set.of("manager"), false), NOBODY))
                .contains(401);
    }

    @Test
    void whatForbidsActorsIsForNone() {
        Admission forbidden = new Admission(false, Set.of(), true);

        assertThat(refused(forbidden, CLERK)).contains(403);
        assertThat(refused(forbidden, NOBODY)).contains(403);
    }
}
