package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Conversation;
import io.switchboard.dialect.Cursors;
import io.switchboard.dialect.HeartBeat;
import io.switchboard.dialect.Notice;
import io.switchboard.dialect.Reply;
import io.switchboard.dialect.Request;
import io.switchboard.dialect.TopicName;
import io.switchboard.dialect.openflow.CommandReader.BadCommandException;
import io.switchboard.hub.Frame;
import io.switchboard.hub.Pattern;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.LongSupplier;

/** What one client says in OpenFlow's protocol, and hears. Called on the session's loop only. */
final class OpenFlowConversation implements Conversation {
    private static final String PING = "ping";

    private final ObjectMapper mapper;
    private final OpenFlowSettings settings;
    private final PacketReader reader;
    private final CommandReader commands;
    private final PacketWriter packets;
    private final Answers answers;
    private final Pieces pieces;
    private final Watches watches;

    /** Of whoever is signed in; empty: nobody. */
    private String token = "";

    OpenFlowConversation(ObjectMapper mapper, OpenFlowSettings settings, Documents documents, LongSupplier nanoTime) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.settings = requireNonNull(settings, "settings");
        this.reader = new PacketReader(mapper);
        this.commands = new CommandReader(mapper, settings.expiration());
        this.packets = new PacketWriter(mapper, settings.packageSize());
        this.answers = new Answers(mapper, packets, settings.packageSize());
        this.pieces = new Pieces(settings, nanoTime);
        this.watches = new Watches(packets, documents);
    }

    @Override
    public List<Command> commands(String text) {
        Optional<Packet> packet = reader.read(text);
        if (packet.isEmpty()) {
            return List.of(new Command.Refused(
                    OpenFlowRequest.NONE,
                    new Reply.Failed(
                            400,
                            "send a JSON object with an id of at most " + PacketReader.LONGEST_ID
                                    + " characters, a command, and data in a string")));
        }
        return switch (pieces.add(packet.get())) {
            case Pieces.Result.Incomplete() -> List.of();
            case Pieces.Result.Refused(Packet piece, int status, String message) ->
                List.of(refused(piece, status, message));
            case Pieces.Result.Complete(Packet whole) -> List.of(whole.isReply() ? answered(whole) : command(whole));
        };
    }

    @Override
    public Optional<List<Command>> commands(ByteBuf content) {
        return Optional.empty();
    }

    private static Command refused(Packet packet, int status, String message) {
        return packet.isReply()
                ? new Command.Ignored()
                : new Command.Refused(
                        new OpenFlowRequest(packet.id(), packet.command(), JsonNodeFactory.instance.objectNode()),
                        new Reply.Failed(status, message));
    }

    /** What the client says of what it was given of a queue; all else is answered for the sake of it. */
    private static Command answered(Packet packet) {
        Optional<UUID> delivery = uuid(packet.replyTo());
        return switch (packet.command()) {
            case CommandReader.QUEUE_MESSAGE ->
                delivery.<Command>map(Command.Finish::new).orElseGet(Command.Ignored::new);
            // the library refers to an id of its own invention
            case "error" ->
                packet.replyTo().startsWith(PacketWriter.OWN) ? new Command.Ignored() : new Command.Return(delivery);
            default -> new Command.Ignored();
        };
    }

    private static Optional<UUID> uuid(String text) {
        try {
            return Optional.of(UUID.fromString(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private Command command(Packet packet) {
        if (packet.command().equals(PING)) {
            return new Command.Answered(packets.answer(packet.id(), "pong", "{}"));
        }
        if (packet.command().equals("pong")) {
            return new Command.Ignored();
        }
        OpenFlowRequest request = new OpenFlowRequest(packet.id(), packet.command(), mapper.createObjectNode());
        try {
            ObjectNode fields = commands.fields(packet);
            request = commands.request(packet, fields);
            return switch (packet.command()) {
                case "watch" -> watch(request, fields);
                case "unwatch" -> unwatch(request, fields);
                default -> commands.read(request, fields, token);
            };
        } catch (BadCommandException | IllegalArgumentException e) {
            return new Command.Refused(request, new Reply.Failed(400, e.getMessage()));
        }
    }

    private Command watch(OpenFlowRequest request, ObjectNode fields) throws BadCommandException {
        String collection = CommandReader.required(fields, "collectionname");
        DocumentFilter filter = DocumentFilter.of(mapper, fields.path("aggregates"));
        if (watches.size() >= Watches.MOST) {
            throw new BadCommandException("have at most " + Watches.MOST + " watches");
        }
        OpenFlowRequest begun = request.withWatch(watches.add(collection, filter));
        return CommandReader.as(
                begun, fields, true, new Command.Subscribe(begun, List.of(name(collection)), Cursors.NONE));
    }

    private Command unwatch(OpenFlowRequest request, ObjectNode fields) throws BadCommandException {
        Optional<String> collection = watches.remove(CommandReader.required(fields, "id"));
        if (collection.isEmpty()) {
            return new Command.Refused(request, new Reply.Failed(404, "there is no watch of that id"));
        }
        return watches.watches(collection.get())
                ? new Command.Answered(answers.reply(request, new Reply.Done()))
                : new Command.Unsubscribe(request, List.of(name(collection.get())));
    }

    private static TopicName name(String collection) {
        return new TopicName(collection, Pattern.of(Documents.topicOf(collection)));
    }

    @Override
    public List<Frame> notice(Notice notice) {
        switch (notice) {
            case Notice.Renewed(String renewed, var _) -> token = renewed;
            case Notice.Dropped dropped -> dropped.names().forEach(name -> watches.forget(name.text()));
            default -> {
                // nothing to remember
            }
        }
        return answers.notice(notice);
    }

    @Override
    public List<Frame> reply(Request request, Reply reply) {
        OpenFlowRequest asked = (OpenFlowRequest) request;
        switch (reply) {
            case Reply.Authenticated _ -> signedIn(asked.token());
            case Reply.Introduced introduced -> signedIn(introduced.token());
            case Reply.Failed _ -> watches.remove(asked.watch());
            default -> {
                // nothing to remember
            }
        }
        return answers.reply(asked, reply);
    }

    private void signedIn(String with) {
        token = with;
        pieces.signedIn();
    }

    @Override
    public Renderer renderer(Publication publication) {
        return watches.renderer(publication);
    }

    @Override
    public Optional<HeartBeat> heartBeat() {
        return settings.pingInterval().isZero()
                ? Optional.empty()
                : Optional.of(new HeartBeat(
                        Frame.of(packets.begin(PacketWriter.newId(), PING, "")),
                        settings.pingInterval(),
                        settings.pingInterval()));
    }
}
