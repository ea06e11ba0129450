package io.switchboard.service;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Keeps what is written, up to a bound. One thread. */
final class BoundedBytes extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final long bound;

    BoundedBytes(long bound) {
        this.bound = bound;
    }

    @Override
    public void write(int b) throws FullException {
        check(1);
        bytes.write(b);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws FullException {
        check(length);
        bytes.write(from, offset, length);
    }

    private void check(int more) throws FullException {
        if (more > bound - bytes.size()) {
            throw new FullException();
        }
    }

    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    /** The bound is reached. */
    static final class FullException extends IOException {
        private static final long serialVersionUID = 1L;

        FullException() {
            super("too much");
        }
    }
}
