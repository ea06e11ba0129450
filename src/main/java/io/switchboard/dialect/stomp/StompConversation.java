package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Interner;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Cursors;
import io.switchboard.dialect.HeartBeat;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.hub.Frame;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What one client says in STOMP, and hears. Called on the session's loop only. */
final class StompConversation implements Conversation {
    private static final int LONGEST_ID = 128;
    private static final String BEARER = "Bearer ";
    private static final String AUTO = "auto";

    private static final String SUBSCRIBE_FIRST = "subscribe with an id of 1 to " + LONGEST_ID
            + " characters that no other subscription of the connection has";

    private final ObjectMapper mapper;
    private final SendReader sends;
    private final Duration heartBeat;
    private final StompDecoder decoder;
    private final ClientSubscriptions subscriptions;
    private final Answers answers;

    /** What was agreed on; empty: the client has not connected. */
    private Optional<StompVersion> version = Optional.empty();

    private HeartBeats heartBeats;
    private boolean left;

    StompConversation(
            ObjectMapper mapper, SendReader sends, Interner<Renderer> renderers, int longestFrame, Duration heartBeat) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.sends = requireNonNull(sends, "sends");
        this.heartBeat = requireNonNull(heartBeat, "heartBeat");
        this.heartBeats = new HeartBeats(heartBeat, 0, 0);
        this.decoder = new StompDecoder(longestFrame);
        this.subscriptions = new ClientSubscriptions(renderers);
        this.answers = new Answers(mapper, subscriptions);
    }

    @Override
    public List<Command> commands(String text) {
        return commands(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Clients send what may be no text as a binary message; its frames are the same. */
    @Override
    public Optional<List<Command>> commands(ByteBuf content) {
        return Optional.of(commands(ByteBufUtil.getBytes(content)));
    }

    private List<Command> commands(byte[] bytes) {
        List<Command> commands = new ArrayList<>(1);
        decoder.feed(bytes);
        try {
            for (Optional<StompFrame> frame = decoder.next(); frame.isPresent() && !left; frame = decoder.next()) {
                commands.add(command(frame.get()));
                if (frame.get().command() == ClientCommand.ACK) {
                    commands.add(new Command.Answered(answers.receipt(StompRequest.of(frame.get()))));
                }
            }
        } catch (BadFrameException e) {
            commands.add(new Command.Malformed(e.getMessage()));
        }
        return commands;
    }

    private Command command(StompFrame frame) throws BadFrameException {
        boolean connects = frame.command() == ClientCommand.CONNECT || frame.command() == ClientCommand.STOMP;
        if (connects != version.isEmpty()) {
            throw new BadFrameException(connects ? "send CONNECT once" : "send CONNECT first");
        }
        return switch (frame.command()) {
            case CONNECT, STOMP -> connect(frame);
            case SUBSCRIBE -> subscribe(frame);
            case UNSUBSCRIBE -> unsubscribe(frame);
            case SEND -> frame.header("transaction").isPresent() ? transaction(frame) : sends.read(frame);
            case ACK -> acknowledge(frame);
            // what was sent to the user stays where it is, and comes again
            case NACK -> new Command.Answered(answers.receipt(StompRequest.of(frame)));
            case BEGIN, COMMIT, ABORT -> transaction(frame);
            case DISCONNECT -> {
                left = true;
                yield new Command.Leave(StompRequest.of(frame));
            }
        };
    }

    private Command connect(StompFrame frame) throws BadFrameException {
        Optional<StompVersion> negotiated = StompVersion.negotiate(frame.header("accept-version"));
        if (negotiated.isEmpty()) {
            return new Command.Refused(
                    new StompRequest(frame.header(Headers.RECEIPT), StompRequest.Kind.VERSION, Optional.empty()),
                    new Reply.Failed(400, "accept one of the versions " + StompVersion.ALL));
        }
        version = negotiated;
        decoder.speaks(negotiated.get());
        answers.speak(negotiated.get());
        heartBeats = HeartBeats.of(heartBeat, frame.header("heart-beat"));
        return new Command.Authenticate(StompRequest.of(frame), token(frame));
    }

    private static Optional<String> token(StompFrame frame) {
        return frame.header("Authorization")
                .or(() -> frame.header("authorization"))
                .map(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length())
                        ? value.substring(BEARER.length()).strip()
                        : value)
                .or(() -> frame.header("passcode"))
                .filter(token -> !token.isEmpty());
    }

    private Command subscribe(StompFrame frame) {
        StompRequest request = StompRequest.of(frame);
        Optional<String> destination = frame.header(Headers.DESTINATION);
        // STOMP 1.0 has no ids; what is subscribed to is then known by its destination
        Optional<String> id = frame.header(Headers.ID);
        String key = id.or(() -> destination).orElse("");
        if (destination.isEmpty()) {
            return new Command.Refused(request, new Reply.Failed(400, "subscribe to a destination"));
        }
        if ((id.isEmpty() && version.orElseThrow() != StompVersion.V1_0)
                || id.filter(text -> text.isEmpty() || text.length() > LONGEST_ID)
                        .isPresent()) {
            return new Command.Refused(request, new Reply.Failed(400, SUBSCRIBE_FIRST));
        }
        Destination read;
        try {
            read = Destination.of(destination.get());
        } catch (InvalidTopicException e) {
            return new Command.Refused(request, Reply.Failed.of(400, e.getMessage(), destination.get()));
        }
        Optional<Destination> before = subscriptions.get(key);
        if (before.isPresent()) {
            return before.get().equals(read)
                    ? new Command.Answered(answers.receipt(request))
                    : new Command.Refused(request, new Reply.Failed(400, SUBSCRIBE_FIRST));
        }
        if (subscriptions.size() == ClientSubscriptions.MOST) {
            return new Command.Refused(
                    request, new Reply.Failed(400, "have at most " + ClientSubscriptions.MOST + " subscriptions"));
        }
        boolean acknowledges = !frame.header(Headers.ACK).orElse(AUTO).equals(AUTO);
        boolean first = !(read instanceof Destination.Own own) || !subscriptions.has(own);
        subscriptions.add(
                key,
                read,
                new Rendition(
                        mapper,
                        version.orElseThrow(),
                        id,
                        read instanceof Destination.Topics topics
                                ? new Rendition.Shown.AsTopic(topics.separator())
                                : new Rendition.Shown.As(destination.get()),
                        acknowledges));
        return switch (read) {
            case Destination.Topics topics -> new Command.Subscribe(request, List.of(topics.name()), Cursors.NONE);
            case Destination.Personal _ -> new Command.Answered(answers.receipt(request));
            case Destination.Own own -> {
                if (own == Destination.Own.REGISTRATION) {
                    List<Frame> frames = new ArrayList<>(answers.receipt(request));
                    frames.addAll(answers.unheard());
                    yield new Command.Answered(frames);
                }
                yield first ? listen(request, own, true, acknowledges) : new Command.Answered(answers.receipt(request));
            }
        };
    }

    private Command listen(StompRequest request, Destination.Own own, boolean on, boolean acknowledges) {
        return switch (own) {
            case MESSAGES -> new Command.Listen(request, Command.Private.LETTERS, on, acknowledges);
            case AUTHORIZATION -> new Command.Listen(request, Command.Private.AUTHORIZATIONS, on, false);
            case NOTIFICATIONS, REPLIES, NOTICES, REGISTRATION -> new Command.Answered(answers.receipt(request));
        };
    }

    /** An id that nobody knows is no error: the front end of Web Flow gives the destination for one. */
    private Command unsubscribe(StompFrame frame) {
        StompRequest request = StompRequest.of(frame);
        String key = frame.header(Headers.ID)
                .or(() -> frame.header(Headers.DESTINATION))
                .orElse("");
        Optional<Destination> destination = subscriptions.get(key);
        subscriptions.remove(key);
        if (destination.isPresent()
                && destination.get() instanceof Destination.Topics topics
                && !subscriptions.names(topics.name().pattern())) {
            return new Command.Unsubscribe(request, List.of(topics.name()));
        }
        if (destination.isPresent() && destination.get() instanceof Destination.Own own && !subscriptions.has(own)) {
            return listen(request, own, false, false);
        }
        return new Command.Answered(answers.receipt(request));
    }

    /** The id is that of {@code ack} in 1.2, and that of the message before (STOMP 1.2, ACK). */
    private static Command acknowledge(StompFrame frame) {
        try {
            return new Command.Acknowledge(UUID.fromString(frame.header(Headers.ID)
                    .or(() -> frame.header(Headers.MESSAGE_ID))
                    .orElse("")));
        } catch (IllegalArgumentException _) {
            return new Command.Ignored();
        }
    }

    private static Command transaction(StompFrame frame) {
        return new Command.Refused(
                StompRequest.of(frame), new Reply.Failed(400, "send without transactions: there are none here"));
    }

    @Override
    public List<Frame> notice(Notice notice) {
        return answers.notice(notice);
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        StompRequest asked = (StompRequest) request;
        List<Frame> frames = new ArrayList<>(2);
        switch (reply) {
            case Reply.Authenticated authenticated -> frames.add(answers.connected(authenticated, heartBeats));
            case Reply.Registered registered -> frames.addAll(answers.registered(registered));
            case Reply.Called called -> frames.addAll(answers.called(asked, called.payload()));
            case Reply.Failed failed -> {
                if (endsWith(asked, failed)) {
                    return List.of(answers.failed(asked, failed));
                }
                frames.addAll(answers.called(asked, failed));
            }
            case Reply.Away away -> {
                if (!away.queued()) {
                    return List.of(answers.lost(asked));
                }
            }
            case Reply.Subscribed _, Reply.Unsubscribed _, Reply.Published _, Reply.Delivered _, Reply.Done _ -> {
                // the receipt says it
            }
            // of commands that the protocol does not have
            case Reply.Recovered _,
                    Reply.There _,
                    Reply.Past _,
                    Reply.InRoom _,
                    Reply.Refreshed _,
                    Reply.Introduced _,
                    Reply.Verified _,
                    Reply.Queued _ -> throw new IllegalArgumentException("the protocol has no such reply");
        }
        frames.addAll(answers.receipt(asked));
        return frames;
    }

    /** Behind an error the connection is closed (STOMP 1.2, ERROR). That a service failed is an answer like another. */
    @Override
    public boolean endsWith(Request request, Reply reply) {
        return switch (reply) {
            case Reply.Failed _ ->
                ((StompRequest) request).kind() != StompRequest.Kind.CALL
                        || !subscriptions.has(Destination.Own.REPLIES);
            case Reply.Away away -> !away.queued();
            default -> false;
        };
    }

    @Override
    public Renderer renderer(Publication publication) {
        return subscriptions.renderer(publication);
    }

    @Override
    public Optional<HeartBeat> heartBeat() {
        return heartBeats.agreed();
    }
}
