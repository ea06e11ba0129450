package io.switchboard.dialect;

/** What a reply refers to. Made by a dialect from a frame of its own, and understood by that dialect alone. */
public interface Request {}
