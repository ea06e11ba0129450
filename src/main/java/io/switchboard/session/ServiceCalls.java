package io.switchboard.session;

import io.switchboard.service.ServiceAnswer;
import io.switchboard.service.ServiceCall;
import java.util.concurrent.CompletionStage;

/** Asks internal services. Any thread, never blocks it. */
@FunctionalInterface
public interface ServiceCalls {
    /** Asks; the answer comes once, on whatever thread, and never as a failure of its own. */
    CompletionStage<ServiceAnswer> call(ServiceCall call);
}
