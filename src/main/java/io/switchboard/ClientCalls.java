package io.switchboard;

import static java.util.Objects.requireNonNull;

import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import io.switchboard.session.ServiceCalls;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Calls of clients, to whom the services that Switchboard itself asks do not exist. */
final class ClientCalls implements ServiceCalls {
    private final ServiceCalls services;
    private final Set<String> internal;

    /** @param internal names of services that are not for clients */
    ClientCalls(ServiceCalls services, Set<String> internal) {
        this.services = requireNonNull(services, "services");
        this.internal = Set.copyOf(internal);
    }

    @Override
    public CompletionStage<ServiceAnswer> call(ServiceCall call) {
        return internal.contains(call.name())
                ? CompletableFuture.completedStage(new ServiceAnswer.Unknown())
                : services.call(call);
    }
}
