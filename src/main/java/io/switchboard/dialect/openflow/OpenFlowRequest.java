package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.switchboard.dialect.Request;

/**
 * What an answer refers to.
 *
 * @param id of the command; empty: it had none
 * @param command its name
 * @param asked the fields of its data without what is secret; read only
 * @param token that came with a sign-in; empty: none
 * @param watch the id of the watch that begins with it; empty: none
 */
record OpenFlowRequest(String id, String command, ObjectNode asked, String token, String watch) implements Request {
    /** The server's own, which nobody waits for. */
    static final OpenFlowRequest NONE = new OpenFlowRequest("", "", JsonNodeFactory.instance.objectNode(), "", "");

    OpenFlowRequest {
        requireNonNull(id, "id");
        requireNonNull(command, "command");
        requireNonNull(asked, "asked");
        requireNonNull(token, "token");
        requireNonNull(watch, "watch");
    }

    OpenFlowRequest(String id, String command, ObjectNode asked) {
        this(id, command, asked, "", "");
    }

    OpenFlowRequest withToken(String signedInWith) {
        return new OpenFlowRequest(id, command, asked, signedInWith, watch);
    }

    OpenFlowRequest withWatch(String begun) {
        return new OpenFlowRequest(id, command, asked, token, begun);
    }

    /** Nothing of what was asked. */
    @Override
    public String toString() {
        return "OpenFlowRequest[]";
    }
}
