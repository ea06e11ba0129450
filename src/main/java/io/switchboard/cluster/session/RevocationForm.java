package io.switchboard.cluster.session;

import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/** How an act is told to other replicas and kept for them. */
final class RevocationForm {
    private static final int USER = 1;
    private static final int TOKEN = 2;
    private static final int ENTITLEMENT = 3;

    private RevocationForm() {}

    static byte[] write(Revocation act) {
        return scope(new MessageWriter(), act.scope()).instant(act.at()).done();
    }

    /** @throws UnreadableMessageException it is not in this form */
    static Revocation read(byte[] bytes) {
        MessageReader in = new MessageReader(bytes);
        Scope scope = switch (in.code()) {
            case USER -> new Scope.OfUser(in.text());
            case TOKEN -> new Scope.OfToken(new Fingerprint(in.number(), in.number(), in.number(), in.number()));
            case ENTITLEMENT -> {
                Entitlement.Kind kind = Entitlement.Kind.of(in.text()).orElseThrow(UnreadableMessageException::new);
                yield new Scope.OfEntitlement(new Entitlement(kind, in.text()), in.maybe(in::text));
            }
            default -> throw new UnreadableMessageException();
        };
        Instant at = in.instant();
        in.end();
        return new Revocation(scope, at);
    }

    private static MessageWriter scope(MessageWriter out, Scope scope) {
        return switch (scope) {
            case Scope.OfUser(String user) -> out.code(USER).text(user);
            case Scope.OfToken(Fingerprint(long a, long b, long c, long d)) ->
                out.code(TOKEN).number(a).number(b).number(c).number(d);
            case Scope.OfEntitlement(Entitlement entitlement, Optional<String> user) ->
                out.code(ENTITLEMENT)
                        .text(entitlement.kind().wireName())
                        .text(entitlement.id())
                        .maybe(user, out::text);
        };
    }

    /** Where acts that take the same away are kept, in letters and digits: what it is cannot be seen. */
    static String key(Scope scope) {
        String kind = switch (scope) {
            case Scope.OfUser _ -> "user";
            case Scope.OfToken _ -> "token";
            case Scope.OfEntitlement(Entitlement entitlement, var _) ->
                entitlement.kind().wireName();
        };
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(scope(new MessageWriter(), scope).done());
            return kind + "." + HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
