package io.switchboard.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of a token, or of a part of one: what it is remembered by, so that no memory holds tokens. */
public record Fingerprint(long a, long b, long c, long d) {
    /** Of the whole text. */
    static Fingerprint of(String token) {
        try {
            ByteBuffer hash =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8)));
            return new Fingerprint(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Of what is signed, header and payload. The signature of one token can be written in several ways, by anybody: with
     * other unused bits in its last character, and in ECDSA with the other of two numbers that verify (RFC 7518, 3.4).
     */
    static Fingerprint ofSigned(String token) {
        return of(token.substring(0, token.lastIndexOf('.')));
    }

    /** Not the hash: it could be looked up. */
    @Override
    public String toString() {
        return "Fingerprint[]";
    }
}
