package io.switchboard.dialect.stomp;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.List;

/** How publications look where several subscriptions of a session match: a message for each, written as one. */
record Renditions(List<Rendition> each) implements Renderer {
    Renditions {
        each = List.copyOf(each);
    }

    @Override
    public int slot() {
        return NO_SLOT;
    }

    @Override
    public Frame render(Publication publication) {
        return Frame.of(
                each.stream().map(rendition -> publication.frame(rendition)).toList());
    }
}
