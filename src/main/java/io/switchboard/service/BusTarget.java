package io.switchboard.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.switchboard.service.ServiceAnswer.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.DatabindCodec;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;

/**
 * Consumers on the event bus of the process, on the address {@code service.<name>}. The message is a JSON object with the members
 * {@code name}, {@code session} and {@code payload}, and has the headers {@code actor} and {@code traceparent}. Of several replies
 * the first counts: the bus has forgotten the call when the second comes.
 */
final class BusTarget implements Target {
    static final String ADDRESS = "service.";
    static final String ACTOR = "actor";
    static final String CONTENT_TYPE = "content-type";

    private static final String FAILED = "the service failed";

    private final EventBus bus;
    private final Duration timeout;
    private final ActorTokens tokens;
    private final AnswerReader reader;

    BusTarget(EventBus bus, Duration timeout, ActorTokens tokens, AnswerReader reader) {
        this.bus = bus;
        this.timeout = timeout;
        this.tokens = tokens;
        this.reader = reader;
    }

    @Override
    public String label() {
        return "event bus";
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public ServiceAnswer answer(Inquiry inquiry) throws Exception {
        DeliveryOptions options = new DeliveryOptions()
                .setLocalOnly(true)
                .setSendTimeout(timeout.toMillis())
                .addHeader(ACTOR, tokens.sign(inquiry.call().actor(), inquiry.name()));
        inquiry.call().traceparent().ifPresent(text -> options.addHeader("traceparent", text));
        try {
            Message<Object> reply = bus.request(ADDRESS + inquiry.name(), new JsonObject(inquiry.body()), options)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            return reader.read(
                    bytes(reply.body()), AnswerReader.isEnvelope(reply.headers().get(CONTENT_TYPE)));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ReplyException refusal) {
                return answer(refusal);
            }
            throw e;
        }
    }

    private byte[] bytes(Object body) throws BrokenServiceException {
        return switch (body) {
            case null -> new byte[0];
            case Buffer buffer -> {
                if (buffer.length() > reader.maxBytes()) {
                    throw reader.tooLarge();
                }
                yield buffer.getBytes();
            }
            case String text -> {
                // a character takes a byte or more
                if (text.length() > reader.maxBytes()) {
                    throw reader.tooLarge();
                }
                yield text.getBytes(UTF_8);
            }
            case JsonObject _, JsonArray _ -> encoded(body);
            default -> throw new BrokenServiceException(new Failure(500, FAILED));
        };
    }

    private byte[] encoded(Object json) throws BrokenServiceException {
        try (BoundedBytes bytes = new BoundedBytes(reader.maxBytes())) {
            DatabindCodec.mapper().writeValue(bytes, json);
            return bytes.toByteArray();
        } catch (BoundedBytes.FullException _) {
            throw reader.tooLarge();
        } catch (IOException _) {
            throw new BrokenServiceException(new Failure(500, FAILED));
        }
    }

    private static ServiceAnswer answer(ReplyException refusal) {
        return switch (refusal.failureType()) {
            case NO_HANDLERS -> new ServiceAnswer.Unknown();
            case TIMEOUT -> Services.LATE;
            // a code that is no status is the platform's own, for an exception, whose message is not for strangers
            case RECIPIENT_FAILURE ->
                refusal.failureCode() >= 400 && refusal.failureCode() < 600 && refusal.getMessage() != null
                        ? new Failure(refusal.failureCode(), refusal.getMessage())
                        : new Failure(500, FAILED);
            case ERROR -> new Failure(500, FAILED);
        };
    }
}
