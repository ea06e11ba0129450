package io.switchboard.hub;

/**
 * Turns a publication into what one variant of a dialect puts on the wire. What is rendered is kept with the publication
 * under the renderer's slot, so it happens once for all sessions of the variant.
 */
public interface Renderer {
    /** Distinguishes the renderers: from 0 to {@link Publication#SLOTS} - 1, one for each variant of a dialect. */
    int slot();

    /** Renders; called on any event loop, and possibly by two at the same time. */
    Frame render(Publication publication);
}
