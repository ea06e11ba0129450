package io.switchboard.service;

import io.smallrye.mutiny.Uni;
import io.switchboard.service.ServiceAnswer.Failure;
import jakarta.enterprise.invoke.Invoker;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/** A method that {@link Serves}. */
record ServedMethod(NamePattern name, List<Argument> arguments, Admission admission, Invoker<?, ?> invoker) {
    /** What a method may ask for. */
    enum Argument {
        CALL(ServiceCall.class.getName()),
        ACTOR(Actor.class.getName()),
        PAYLOAD("com.fasterxml.jackson.databind.JsonNode");

        private final String type;

        Argument(String type) {
            this.type = type;
        }

        /** By the name of the parameter's class. */
        static Optional<Argument> of(String type) {
            for (Argument argument : values()) {
                if (argument.type.equals(type)) {
                    return Optional.of(argument);
                }
            }
            return Optional.empty();
        }

        private Object of(Inquiry inquiry) throws IOException {
            return switch (this) {
                case CALL -> inquiry.call();
                case ACTOR -> inquiry.call().actor();
                case PAYLOAD -> inquiry.payload();
            };
        }
    }

    ServedMethod {
        arguments = List.copyOf(arguments);
    }

    /** Calls it; blocks until the answer is there. */
    ServiceAnswer answer(Inquiry inquiry, AnswerReader reader) throws Exception {
        Optional<Failure> refusal = admission.refuse(inquiry.call().actor());
        if (refusal.isPresent()) {
            return refusal.get();
        }
        Object[] values = new Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = arguments.get(i).of(inquiry);
        }
        return reader.of(awaited(invoker.invoke(null, values)));
    }

    private static Object awaited(Object result) throws Exception {
        CompletionStage<?> stage;
        switch (result) {
            case CompletionStage<?> later -> stage = later;
            case Uni<?> later -> stage = later.subscribeAsCompletionStage();
            case null, default -> {
                return result;
            }
        }
        try {
            return stage.toCompletableFuture().get();
        } catch (ExecutionException e) {
            throw cause(e);
        }
    }

    private static Exception cause(Exception e) {
        return e.getCause() instanceof Exception cause
                ? (cause instanceof CompletionException ? cause(cause) : cause)
                : e;
    }
}
