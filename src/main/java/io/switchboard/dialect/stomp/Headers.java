package io.switchboard.dialect.stomp;

/** Names of headers that mean something to more than one class. */
final class Headers {
    static final String DESTINATION = "destination";
    static final String CONTENT_TYPE = "content-type";
    static final String RECEIPT = "receipt";
    static final String SUBSCRIPTION = "subscription";
    static final String MESSAGE_ID = "message-id";
    static final String ACK = "ack";
    static final String ID = "id";
    static final String CORRELATION_ID = "correlation-id";
    static final String STATUS = "status";
    static final String TIMESTAMP = "timestamp";

    static final String JSON = "application/json";
    static final String TEXT = "text/plain";

    /** In the metadata of a message that was sent as text: how its payload, a JSON string, is to be shown again. */
    static final String CONTENT_TYPE_METADATA = "content_type";

    private Headers() {}
}
