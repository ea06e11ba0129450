package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Claims;
import io.switchboard.failure.Redacted;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Unknown;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Calls of clients to internal services. Each call runs on a virtual thread of its own and has one answer: the service's, or a
 * failure when its time is over. What is in flight is bounded in total; a call keeps its place until its thread has really ended,
 * so that a method that does not heed interrupts cannot pile up threads. Who calls bounds the calls of one session.
 */
public final class Services {
    /**
     * The services that sign clients in, in deployments where some do. They alone are asked where nobody is signed in, and then only:
     * what they answer is a token.
     */
    static final Set<String> SIGN_IN = Set.of("websocket:auth", "signin");

    private static final Logger LOG = Logger.getLogger(Services.class);

    /** The answer when the time is over. */
    static final Failure LATE = new Failure(503, "the service did not answer in time, try again");

    private static final Failure TOO_MANY = new Failure(503, "too many calls are in flight, try again");
    private static final Failure FAILED = new Failure(500, "the service failed");
    private static final Failure NOBODY = new Failure(401, "sign in first");
    private static final Failure SIGNED_OUT = new Failure(401, "the sign-in has expired, sign in again");

    private static final ThreadFactory THREADS =
            Thread.ofVirtual().name("service-", 0).factory();

    private final ServiceDirectory directory;
    private final long requestBytes;
    private final Semaphore places;
    private final Clock clock;
    private final ServiceListener listener;

    /**
     * @param requestBytes of the largest payload; 0: no bound
     * @param calls in flight at most; 0: no bound
     */
    Services(ServiceDirectory directory, long requestBytes, int calls, Clock clock, ServiceListener listener) {
        this.directory = requireNonNull(directory, "directory");
        this.requestBytes = requestBytes == 0 ? Long.MAX_VALUE : requestBytes;
        this.places = new Semaphore(calls == 0 ? Integer.MAX_VALUE : calls);
        this.clock = requireNonNull(clock, "clock");
        this.listener = requireNonNull(listener, "listener");
    }

    /**
     * Calls a service. May be called on any thread and never blocks it.
     *
     * @return the answer, exactly one and never a failure of the stage, on whatever thread it came
     */
    public CompletionStage<ServiceAnswer> call(ServiceCall call) {
        long start = System.nanoTime();
        List<Target> targets = directory.find(call.name());
        Optional<ServiceAnswer> refusal = refusal(call, targets);
        if (refusal.isPresent()) {
            return answered(refusal.get(), start);
        }
        if (!places.tryAcquire()) {
            return answered(TOO_MANY, start);
        }
        listener.callStarted();
        CompletableFuture<ServiceAnswer> answer = new CompletableFuture<>();
        // counted before anybody hears of it
        CompletableFuture<ServiceAnswer> counted =
                answer.whenComplete((a, _) -> listener.answered(a, System.nanoTime() - start));
        Thread worker = THREADS.newThread(() -> work(call, targets, answer));
        worker.start();
        CompletableFuture<Void> _ = answer.completeOnTimeout(
                        LATE, longest(targets).toNanos(), TimeUnit.NANOSECONDS)
                .thenRun(() -> {
                    // not by the worker itself, so by the clock
                    if (!Thread.currentThread().equals(worker)) {
                        worker.interrupt();
                    }
                });
        // nobody else completes it
        return counted.minimalCompletionStage();
    }

    private CompletionStage<ServiceAnswer> answered(ServiceAnswer answer, long start) {
        listener.answered(answer, System.nanoTime() - start);
        return CompletableFuture.completedStage(answer);
    }

    private Optional<ServiceAnswer> refusal(ServiceCall call, List<Target> targets) {
        if (targets.isEmpty()) {
            return Optional.of(new Unknown());
        }
        Optional<Claims> claims = call.actor().claims();
        if (SIGN_IN.contains(call.name())) {
            if (claims.isPresent()) {
                return Optional.of(new Unknown());
            }
        } else if (claims.isEmpty()) {
            return Optional.of(NOBODY);
        }
        if (call.payload().length > requestBytes) {
            return Optional.of(new Failure(400, "send a payload of at most " + requestBytes + " bytes"));
        }
        return claims.isEmpty() || clock.instant().isBefore(claims.get().expiresAt())
                ? Optional.empty()
                : Optional.of(SIGNED_OUT);
    }

    /** All but the last answer at once where they do not know the name. */
    private static Duration longest(List<Target> targets) {
        Duration longest = Duration.ZERO;
        for (Target target : targets) {
            if (target.timeout().compareTo(longest) > 0) {
                longest = target.timeout();
            }
        }
        return longest;
    }

    private void work(ServiceCall call, List<Target> targets, CompletableFuture<ServiceAnswer> answer) {
        ServiceAnswer given = FAILED;
        try {
            given = ask(call, targets);
        } finally {
            places.release();
            listener.callEnded();
            answer.complete(given);
        }
    }

    private static ServiceAnswer ask(ServiceCall call, List<Target> targets) {
        try {
            Inquiry inquiry = Inquiry.of(call);
            for (Target target : targets) {
                ServiceAnswer answer = ask(inquiry, target);
                if (!(answer instanceof Unknown)) {
                    return answer;
                }
            }
            return new Unknown();
        } catch (BrokenServiceException e) {
            return e.failure();
        }
    }

    /** Whatever a service throws, its caller is answered. */
    private static ServiceAnswer ask(Inquiry inquiry, Target target) {
        try {
            return target.answer(inquiry);
        } catch (BrokenServiceException e) {
            return e.failure();
        } catch (ServiceException e) {
            return new Failure(e.status(), e.getMessage());
        } catch (InterruptedException _) {
            return LATE;
        } catch (Throwable e) {
            LOG.errorf(Redacted.of(e), "service failed service=%s", target.label());
            return FAILED;
        }
    }
}
