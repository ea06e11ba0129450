package io.switchboard.dialect;

/**
 * How a client wants to be spoken to.
 *
 * @param binary whether it takes binary messages
 * @param sockJs whether messages are in the frames of SockJS (sockjs-protocol 0.3.3)
 */
public record Manner(boolean binary, boolean sockJs) {
    /** As a dialect says by itself. */
    public static final Manner USUAL = new Manner(false, false);
}
