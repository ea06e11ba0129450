package io.switchboard.hub;

/**
 * Turns a publication into what one variant of a dialect puts on the wire. What is rendered is kept with the publication, so it
 * happens once for all sessions that share the renderer.
 */
public interface Renderer {
    /** The slot of renderers of which there is no closed number: the publication keeps the first few frames of them. */
    int NO_SLOT = -1;

    /** Of what a session does not show. */
    Renderer NOTHING = new Renderer() {
        @Override
        public int slot() {
            return NO_SLOT;
        }

        @Override
        public Frame render(Publication publication) {
            throw new IllegalArgumentException("it is not shown");
        }
    };

    /**
     * Distinguishes the renderers: from 0 to {@link Publication#SLOTS} - 1, one for each variant of a dialect; or {@link
     * #NO_SLOT}, and then the same object for all who are to share what is rendered.
     */
    int slot();

    /** Renders; called on any event loop, and possibly by two at the same time. */
    Frame render(Publication publication);
}
