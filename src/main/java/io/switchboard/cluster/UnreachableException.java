package io.switchboard.cluster;

/** Nobody who could decide answered in time: whether something was done is not known. */
public final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnreachableException() {
        super("the other replicas cannot be reached at the moment, try again", null, false, false);
    }
}
