package io.switchboard.event;

/** What an internal service published, validated, as it came. Immutable, so that it may be shared between threads. */
public sealed interface Event
        permits TreeEvent, JobEvent, IdmEvent, ActivityEvent, MessageEvent, RoomEvent, RoomRequest, OperationRequest {
    /** The bus topic on which it was published. */
    EventTopic topic();

    /** About how many bytes it keeps in memory. */
    int weight();
}
