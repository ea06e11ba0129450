package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.hub.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Writes envelopes, and cuts what is long. Pure, any thread. */
final class PacketWriter {
    /**
     * How the ids of packets begin that nobody answers by it: a client's own invention is none of them, and the id of what was
     * given from a queue neither.
     */
    static final String OWN = "sb-";

    private final ObjectMapper mapper;
    private final int packageSize;

    /** @param packageSize characters of data in one message */
    PacketWriter(ObjectMapper mapper, int packageSize) {
        this.mapper = requireNonNull(mapper, "mapper");
        this.packageSize = packageSize;
    }

    /** An id that no other packet has. */
    static String newId() {
        return OWN + UUID.randomUUID();
    }

    /** Of what the server begins: without {@code replyto}, since an empty one would be taken for a reply. */
    List<Frame> begin(String id, String command, String data) {
        return frames(id, "", command, data);
    }

    List<Frame> answer(String replyTo, String command, String data) {
        return frames(newId(), replyTo, command, data);
    }

    /** Pieces are numbers in the envelope: the client takes strings for 1 and 0. */
    private List<Frame> frames(String id, String replyTo, String command, String data) {
        List<String> pieces = pieces(data);
        List<Frame> frames = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            ObjectNode packet = mapper.createObjectNode().put("id", id);
            if (!replyTo.isEmpty()) {
                packet.put("replyto", replyTo);
            }
            packet.put("command", command)
                    .put("data", pieces.get(i))
                    .put("count", pieces.size())
                    .put("index", i);
            frames.add(Frame.text(packet.toString()));
        }
        return frames;
    }

    /** Never between the halves of a pair: half of one is no UTF-8. */
    private List<String> pieces(String data) {
        if (data.length() <= packageSize) {
            return List.of(data);
        }
        List<String> pieces = new ArrayList<>(data.length() / packageSize + 1);
        int begin = 0;
        while (begin < data.length()) {
            int end = Math.min(begin + packageSize, data.length());
            if (end < data.length() && Character.isHighSurrogate(data.charAt(end - 1))) {
                end += end - begin > 1 ? -1 : 1;
            }
            pieces.add(data.substring(begin, end));
            begin = end;
        }
        return pieces;
    }
}
