package io.switchboard.health;

import io.smallrye.mutiny.Uni;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** What a check says. It is known already, so that no check waits for a thread or for anything else. */
final class Answer {
    private Answer() {}

    static Uni<HealthCheckResponse> of(String name, boolean up) {
        return Uni.createFrom().item(HealthCheckResponse.named(name).status(up).build());
    }

    /** With a figure that says why. */
    static Uni<HealthCheckResponse> of(String name, boolean up, String figure, long value) {
        return Uni.createFrom()
                .item(HealthCheckResponse.named(name)
                        .status(up)
                        .withData(figure, value)
                        .build());
    }

    /** With a word that says why. */
    static Uni<HealthCheckResponse> of(String name, boolean up, String figure, String value) {
        return Uni.createFrom()
                .item(HealthCheckResponse.named(name)
                        .status(up)
                        .withData(figure, value)
                        .build());
    }
}
