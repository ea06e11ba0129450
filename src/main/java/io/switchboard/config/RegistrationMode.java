package io.switchboard.config;

/** Which operations a client may wait for. */
public enum RegistrationMode {
    /** Any of which it knows the id. */
    OPEN,
    /** Those that a service has announced. */
    ANNOUNCED
}
