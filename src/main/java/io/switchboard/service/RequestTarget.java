package io.switchboard.service;

import static java.util.Objects.requireNonNull;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.switchboard.config.SwitchboardConfig;
import io.switchboard.service.ServiceAnswer.Failure;
import io.switchboard.service.ServiceAnswer.Unknown;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * Services that subscribed to {@code switchboard.service.<name>} on NATS. The message is what a URL is posted, with the same headers.
 * Each name has a circuit breaker of its own.
 */
final class RequestTarget implements Target {
    /** Between the prefix of the cluster and the name. */
    static final String SUBJECT = ".service.";

    /** A refusal: the status, and a sentence for the client. */
    static final String STATUS = "Switchboard-Status";

    static final String DETAIL = "Switchboard-Detail";

    /** The same as NATS' own frameworks for services write it. */
    static final String SERVICE_STATUS = "Nats-Service-Error-Code";

    static final String SERVICE_DETAIL = "Nats-Service-Error";

    private static final Pattern STATUSES = Pattern.compile("[45][0-9]{2}");

    /** Names whose breaker is remembered: those that are called most. */
    private static final int MOST_BREAKERS = 1_000;

    /** Around the headers, and in each of them, in bytes. */
    private static final int FRAME = "NATS/1.0\r\n\r\n".length();

    private static final int HEADER = ": \r\n".length();

    private final RequestBus bus;
    private final String prefix;
    private final Duration timeout;
    private final SwitchboardConfig.Breaker breaker;
    private final ActorTokens tokens;
    private final AnswerReader reader;
    private final Cache<String, ServiceGuard> guards = Caffeine.newBuilder()
            .maximumSize(MOST_BREAKERS)
            .executor(Runnable::run)
            .build();

    /** @param prefix of subjects, with the dot at its end */
    RequestTarget(
            RequestBus bus,
            String prefix,
            Duration timeout,
            SwitchboardConfig.Breaker breaker,
            ActorTokens tokens,
            AnswerReader reader) {
        this.bus = requireNonNull(bus, "bus");
        this.prefix = requireNonNull(prefix, "prefix");
        this.timeout = requireNonNull(timeout, "timeout");
        this.breaker = requireNonNull(breaker, "breaker");
        this.tokens = requireNonNull(tokens, "tokens");
        this.reader = requireNonNull(reader, "reader");
    }

    /** Also in place of the name, which is a client's. */
    @Override
    public String label() {
        return "NATS";
    }

    @Override
    public Duration timeout() {
        return timeout;
    }

    @Override
    public ServiceAnswer answer(Inquiry inquiry) throws Exception {
        if (!isSubject(inquiry.name())) {
            return new Unknown();
        }
        byte[] body = inquiry.bodyBytes();
        Map<String, String> headers = inquiry.headers(tokens);
        long most = bus.maxPayload();
        if (size(headers) + body.length > most) {
            return new Failure(
                    400, "send a smaller payload: with what goes with it, a call has at most " + most + " bytes");
        }
        return guard(inquiry.name()).call(() -> exchange(prefix + inquiry.name(), headers, body));
    }

    /** Tokens of printable ASCII with a dot between them, none of which is a wildcard. Every name of a service is, so far. */
    static boolean isSubject(String name) {
        return name.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '*' && c != '>')
                && !name.isEmpty()
                && !name.startsWith(".")
                && !name.endsWith(".")
                && !name.contains("..");
    }

    private static long size(Map<String, String> headers) {
        long size = FRAME;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            size += header.getKey().length() + header.getValue().length() + HEADER;
        }
        return size;
    }

    private ServiceGuard guard(String name) {
        return guards.get(name, _ -> new ServiceGuard(label(), timeout, breaker));
    }

    private ServiceAnswer exchange(String subject, Map<String, String> sent, byte[] body)
            throws IOException, InterruptedException, TimeoutException, BrokenServiceException {
        RequestBus.Answer answer;
        try {
            answer = bus.request(subject, sent, body, timeout);
        } catch (NoResponderException _) {
            return new Unknown();
        }
        // NATS tells names apart by their case, and libraries spell them as they like
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(answer.headers());
        String mediaType = headers.getOrDefault("Content-Type", "");
        if (headers.containsKey(STATUS)) {
            return refusal(headers.get(STATUS), Optional.ofNullable(headers.get(DETAIL)), mediaType, answer.body());
        }
        if (headers.containsKey(SERVICE_STATUS) || headers.containsKey(SERVICE_DETAIL)) {
            return refusal(
                    headers.getOrDefault(SERVICE_STATUS, ""),
                    Optional.ofNullable(headers.get(SERVICE_DETAIL)),
                    mediaType,
                    answer.body());
        }
        return reader.read(answer.body(), AnswerReader.isEnvelope(mediaType));
    }

    /** A code that is no status is the platform's own, for an exception, whose message is not for strangers. */
    private static Failure refusal(String status, Optional<String> sentence, String mediaType, byte[] body)
            throws BrokenServiceException {
        if (!STATUSES.matcher(status.strip()).matches()) {
            return Refusal.checked(500, Optional.empty());
        }
        return Refusal.checked(
                Integer.parseInt(status.strip()), sentence.isPresent() ? sentence : Refusal.detail(mediaType, body));
    }
}
