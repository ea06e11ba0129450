package io.switchboard.ingress;

/**
 * What makes two requests the same.
 *
 * @param publisher who published; keys of different publishers have nothing to do with each other
 * @param topic the bus topic
 * @param kind where the key came from
 * @param value the key itself
 */
record IdempotencyKey(String publisher, String topic, Kind kind, String value) {
    enum Kind {
        /** The header Idempotency-Key, for the whole request. */
        REQUEST,
        /** Source and id of one CloudEvent. */
        CLOUD_EVENT,
        /** What the sender of a message called it. */
        MESSAGE
    }
}
