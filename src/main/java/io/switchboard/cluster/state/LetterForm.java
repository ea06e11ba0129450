package io.switchboard.cluster.state;

import io.switchboard.failure.StoreException;
import io.switchboard.hub.Content;
import io.switchboard.hub.Publication;
import io.switchboard.mailbox.Letter;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.mailbox.Postmark;
import io.switchboard.mailbox.Sending;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Letters, and what becomes of them, as replicas tell each other. Pure. */
final class LetterForm {
    private static final int DELIVERED = 0;
    private static final int QUEUED = 1;
    private static final int REFUSED = 2;
    private static final int FAILED = 3;
    private static final int REPEATED = 4;
    private static final int MISUSED = 5;

    private LetterForm() {}

    static void write(Packer packer, Letter letter) {
        packer.uuid(letter.id());
        packer.text(letter.recipient());
        packer.text(letter.sender());
        packer.number(letter.sentAt());
        packer.number(letter.expiresAt());
        packer.text(letter.payload());
        packer.maybeText(letter.metadata());
    }

    static Letter letter(Unpacker in) {
        return new Letter(in.uuid(), in.text(), in.text(), in.number(), in.number(), in.text(), in.maybeText());
    }

    static void write(Packer packer, Postmark postmark) {
        packer.texts(postmark.keys());
        packer.flag(postmark.strict());
        packer.text(postmark.digest());
    }

    static Postmark postmark(Unpacker in) {
        return new Postmark(in.texts(), in.flag(), in.text());
    }

    /** Of a letter on its way to one connection. */
    static UUID id(Publication publication) {
        return ((Content.Direct) publication.content()).id();
    }

    /** A letter on its way to one connection. */
    static void write(Packer packer, Publication publication) {
        Content.Direct direct = (Content.Direct) publication.content();
        packer.uuid(direct.id());
        packer.text(direct.sender());
        packer.number(publication.position().placedAt());
        packer.bytes(direct.payload());
        packer.maybeBytes(direct.metadata());
        packer.maybeBytes(direct.frame());
    }

    static Publication publication(Unpacker in, String recipient) {
        UUID id = in.uuid();
        String sender = in.text();
        long sentAt = in.number();
        String payload = in.text();
        Optional<String> metadata = in.maybeBytes().map(bytes -> new String(bytes, StandardCharsets.UTF_8));
        return Mailboxes.publication(
                new Letter(id, recipient, sender, sentAt, sentAt, payload, metadata), in.maybeBytes());
    }

    static byte[] sending(Sending sending) {
        Packer packer = new Packer();
        write(packer, sending);
        return packer.done();
    }

    private static void write(Packer packer, Sending sending) {
        switch (sending) {
            case Sending.Delivered delivered -> {
                packer.code(DELIVERED);
                packer.count(delivered.connections().size());
                delivered.connections().forEach(packer::uuid);
            }
            case Sending.Queued _ -> packer.code(QUEUED);
            case Sending.Refused _ -> packer.code(REFUSED);
            case Sending.Failed failed -> {
                packer.code(FAILED);
                packer.text(failed.reason().name());
            }
            case Sending.Repeated repeated -> {
                packer.code(REPEATED);
                write(packer, repeated.first());
            }
            case Sending.Misused _ -> packer.code(MISUSED);
        }
    }

    static Sending sending(byte[] bytes) {
        Unpacker in = new Unpacker(bytes);
        Sending sending = sending(in, in.code());
        in.end();
        return sending;
    }

    private static Sending sending(Unpacker in, int code) {
        return switch (code) {
            case DELIVERED -> {
                int count = in.count(2 * Long.BYTES);
                List<UUID> connections = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    connections.add(in.uuid());
                }
                yield new Sending.Delivered(connections);
            }
            case QUEUED -> new Sending.Queued();
            case REFUSED -> new Sending.Refused();
            case FAILED -> {
                String reason = in.text();
                yield new Sending.Failed(Stream.of(StoreException.Reason.values())
                        .filter(one -> one.name().equals(reason))
                        .findFirst()
                        .orElseThrow(UnreadableException::new));
            }
            case REPEATED -> {
                int first = in.code();
                if (first == REPEATED) {
                    throw new UnreadableException();
                }
                yield new Sending.Repeated(sending(in, first));
            }
            case MISUSED -> new Sending.Misused();
            default -> throw new UnreadableException();
        };
    }
}
