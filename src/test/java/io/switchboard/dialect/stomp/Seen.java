package io.switchboard.dialect.stomp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A frame that a decoder returned, as something to compare. */
record Seen(ClientCommand command, Map<String, String> headers, List<String> names, String body) {
    /** @param headers names and values in turn */
    static Seen of(ClientCommand command, String body, String... headers) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            map.put(headers[i], headers[i + 1]);
        }
        return new Seen(command, map, List.copyOf(map.keySet()), body);
    }

    static Seen of(StompFrame frame) {
        return new Seen(
                frame.command(),
                frame.headers(),
                List.copyOf(frame.headers().keySet()),
                new String(frame.body(), StandardCharsets.UTF_8));
    }

    /** Feeds it piece by piece; as soon as it has read a CONNECT it is told the version. */
    static List<Seen> read(StompDecoder decoder, StompVersion version, Iterable<byte[]> pieces)
            throws BadFrameException {
        List<Seen> frames = new ArrayList<>();
        for (byte[] piece : pieces) {
            decoder.feed(piece.clone());
            Optional<StompFrame> frame = decoder.next();
            while (frame.isPresent()) {
                frames.add(of(frame.get()));
                if (frame.get().command() == ClientCommand.CONNECT) {
                    decoder.speaks(version);
                }
                frame = decoder.next();
            }
        }
        return frames;
    }

    static List<Seen> read(StompDecoder decoder, String... pieces) throws BadFrameException {
        return read(
                decoder,
                StompVersion.V1_2,
                Arrays.stream(pieces).map(Seen::utf8).toList());
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Pieces of so many bytes; the last may be shorter. */
    static List<byte[]> cut(byte[] bytes, int size) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += size) {
            pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)));
        }
        return pieces;
    }
}
