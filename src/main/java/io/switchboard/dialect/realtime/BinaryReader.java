package io.switchboard.dialect.realtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBuf;
import io.switchboard.dialect.Command;
import io.switchboard.dialect.Reply;
import io.switchboard.hub.Content;
import io.switchboard.hub.InvalidTopicException;
import io.switchboard.hub.Topic;
import io.switchboard.hub.TopicSyntax;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads binary frames: {@code [type u8][length u32][payload]}, integers in network order. The payload begins with whom it is
 * for, each in a form of its own.
 */
final class BinaryReader {
    private static final int HEADER = 5;
    private static final String OCTETS = "application/octet-stream";
    private static final int LONGEST_NAME = 255;
    private static final int LONGEST_HEADER = 0xf000;

    /** A frame that cannot be meant. */
    private static final class BadFrameException extends Exception {
        private static final long serialVersionUID = 1L;

        BadFrameException(String message) {
            super(message, null, false, false);
        }
    }

    private enum Type {
        BROADCAST(1),
        DIRECT_MESSAGE(2),
        FILE_TRANSFER(3),
        STREAM(4);

        private final int code;

        Type(int code) {
            this.code = code;
        }

        static Type of(int code) throws BadFrameException {
            for (Type type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            throw new BadFrameException("send a binary frame of the type 1, 2, 3 or 4");
        }

        String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final ObjectMapper mapper;

    BinaryReader(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    Command read(ByteBuf content) {
        try {
            return decode(content);
        } catch (BadFrameException e) {
            return new Command.Refused(RealtimeRequest.UNREADABLE, new Reply.Failed(400, e.getMessage()));
        }
    }

    private Command decode(ByteBuf content) throws BadFrameException {
        if (content.readableBytes() < HEADER) {
            throw new BadFrameException("send a binary frame of [type u8][length u32][payload]");
        }
        Type type = Type.of(content.readUnsignedByte());
        long length = content.readUnsignedInt();
        if (length != content.readableBytes()) {
            throw new BadFrameException("send a length that equals the bytes that follow");
        }
        byte[] payload = new byte[content.readableBytes()];
        content.getBytes(content.readerIndex(), payload);
        RealtimeRequest.Binary request = new RealtimeRequest.Binary(
                payload.length, type.wireName(), "sha256:" + HexFormat.of().formatHex(sha256(payload)));
        return switch (type) {
            case BROADCAST -> {
                Topic topic = topic(text(content, "topic"));
                yield publish(request, topic, frame(type, payload), encoded(rest(content), OCTETS));
            }
            case STREAM -> {
                Topic topic = topic(text(content, "topic"));
                if (content.readableBytes() < Integer.BYTES) {
                    throw new BadFrameException("send a sequence u32 behind the topic");
                }
                long sequence = content.readUnsignedInt();
                yield publish(
                        request,
                        topic,
                        frame(type, payload),
                        encoded(rest(content), OCTETS).put("sequence", sequence));
            }
            case FILE_TRANSFER -> file(request, content);
            case DIRECT_MESSAGE -> {
                String user = user(text(content, "user"));
                byte[] data = rest(content);
                yield direct(request, user, sender -> frame(type, prefixed(sender, data)), encoded(data, OCTETS));
            }
        };
    }

    private Command file(RealtimeRequest.Binary request, ByteBuf content) throws BadFrameException {
        JsonNode header = header(text(content, "header"));
        if (header.path("topic").isTextual() == header.path("user").isTextual()) {
            throw new BadFrameException("send a file's header with a topic or a user");
        }
        String mime = header.path("mime").asText(OCTETS);
        Optional<String> name =
                Optional.of(lastSegment(header.path("name").asText(""))).filter(text -> !text.isEmpty());
        // receivers get no path, whoever sent one
        name.ifPresentOrElse(
                text -> ((ObjectNode) header).put("name", text), () -> ((ObjectNode) header).remove("name"));
        byte[] data = rest(content);
        // room for the name of the sender, which takes the place of another
        if (header.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_HEADER) {
            throw new BadFrameException("send a header of at most " + LONGEST_HEADER + " bytes");
        }
        ObjectNode encoded = encoded(data, mime);
        name.ifPresent(text -> encoded.put("name", text));
        for (String field : new String[] {"transfer_id", "last"}) {
            if (header.has(field)) {
                encoded.set(field, header.get(field));
            }
        }
        if (header.path("user").isTextual()) {
            String user = user(header.get("user").textValue());
            return direct(
                    request,
                    user,
                    sender -> frame(
                            Type.FILE_TRANSFER,
                            prefixed(
                                    ((ObjectNode) header.deepCopy())
                                            .put("user", sender)
                                            .toString(),
                                    data)),
                    encoded);
        }
        Topic topic = topic(header.get("topic").textValue());
        return publish(request, topic, frame(Type.FILE_TRANSFER, prefixed(header.toString(), data)), encoded);
    }

    private static String user(String text) throws BadFrameException {
        if (!MessageReader.isUser(text)) {
            throw new BadFrameException("send the name of a user");
        }
        return text;
    }

    private static Command direct(
            RealtimeRequest request, String user, Function<String, byte[]> frame, ObjectNode encoded) {
        return new Command.Direct(
                request,
                user,
                new Command.Direct.Body.Binary(frame, encoded.toString().getBytes(StandardCharsets.UTF_8)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** Bytes behind a text, and that behind its length as u16. */
    private static byte[] prefixed(String text, byte[] data) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Short.BYTES + bytes.length + data.length)
                .putShort((short) bytes.length)
                .put(bytes)
                .put(data)
                .array();
    }

    private JsonNode header(String text) throws BadFrameException {
        try {
            JsonNode header = mapper.readTree(text);
            if (header != null && header.isObject()) {
                return header;
            }
        } catch (JsonProcessingException _) {
            // refused below, without what it holds
        }
        throw new BadFrameException("send a file's header as a JSON object");
    }

    /** What is behind the last separator of either kind, and no name of a folder. */
    private static String lastSegment(String name) {
        String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        StringBuilder clean = new StringBuilder();
        last.codePoints()
                .filter(c -> !Character.isISOControl(c))
                .limit(LONGEST_NAME)
                .forEach(clean::appendCodePoint);
        String text = clean.toString();
        return text.equals(".") || text.equals("..") ? "" : text;
    }

    private static Command publish(RealtimeRequest request, Topic topic, byte[] frame, ObjectNode encoded) {
        return new Command.Publish(
                request,
                topic,
                new Content.Binary(topic, frame, encoded.toString().getBytes(StandardCharsets.UTF_8)),
                false,
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    private ObjectNode encoded(byte[] data, String mime) {
        return mapper.createObjectNode()
                .put("encoding", "base64")
                .put("mime", mime)
                .put("data", Base64.getEncoder().encodeToString(data));
    }

    private static byte[] frame(Type type, byte[] payload) {
        return ByteBuffer.allocate(HEADER + payload.length)
                .put((byte) type.code)
                .putInt(payload.length)
                .put(payload)
                .array();
    }

    private static byte[] rest(ByteBuf content) {
        byte[] rest = new byte[content.readableBytes()];
        content.readBytes(rest);
        return rest;
    }

    private static Topic topic(String text) throws BadFrameException {
        try {
            return TopicSyntax.DOTTED.topic(text);
        } catch (InvalidTopicException e) {
            throw new BadFrameException(e.getMessage());
        }
    }

    /** A text behind its length as u16. */
    private static String text(ByteBuf content, String what) throws BadFrameException {
        if (content.readableBytes() < Short.BYTES) {
            throw new BadFrameException("send a payload that begins with [length u16][" + what + "]");
        }
        int length = content.readUnsignedShort();
        if (length > content.readableBytes()) {
            throw new BadFrameException("send a length of the " + what + " that fits the payload");
        }
        ByteBuffer bytes = content.nioBuffer(content.readerIndex(), length);
        content.skipBytes(length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException _) {
            throw new BadFrameException("send the " + what + " in UTF-8");
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
