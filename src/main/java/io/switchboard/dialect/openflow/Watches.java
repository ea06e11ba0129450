package io.switchboard.dialect.openflow;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.Frame;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Renderer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What one client watches. Called on the session's loop only. */
final class Watches {
    /** Of one client at most. */
    static final int MOST = 1000;

    /** Several that match: a message for each, written as one. */
    private record Several(List<Renderer> each) implements Renderer {
        private Several {
            each = List.copyOf(each);
        }

        @Override
        public int slot() {
            return NO_SLOT;
        }

        @Override
        public Frame render(Publication publication) {
            return Frame.of(each.stream().map(publication::frame).toList());
        }
    }

    private final PacketWriter packets;
    private final Documents documents;
    private final Map<String, Watch> byId = new LinkedHashMap<>();
    private final Map<String, List<Watch>> byCollection = new HashMap<>();

    Watches(PacketWriter packets, Documents documents) {
        this.packets = requireNonNull(packets, "packets");
        this.documents = requireNonNull(documents, "documents");
    }

    int size() {
        return byId.size();
    }

    /** Begins to watch; its id. */
    String add(String collection, DocumentFilter filter) {
        Watch watch = new Watch(packets, documents, UUID.randomUUID().toString(), collection, filter);
        byId.put(watch.id(), watch);
        byCollection.computeIfAbsent(collection, _ -> new ArrayList<>(1)).add(watch);
        return watch.id();
    }

    /** Ends a watch; its collection, empty if there is none of that id. */
    Optional<String> remove(String id) {
        Watch watch = byId.remove(id);
        if (watch == null) {
            return Optional.empty();
        }
        List<Watch> others = byCollection.get(watch.collection());
        others.remove(watch);
        if (others.isEmpty()) {
            byCollection.remove(watch.collection());
        }
        return Optional.of(watch.collection());
    }

    /** Ends all that watch a collection. */
    void forget(String collection) {
        List<Watch> gone = byCollection.remove(collection);
        if (gone != null) {
            gone.forEach(watch -> byId.remove(watch.id()));
        }
    }

    boolean watches(String collection) {
        return byCollection.containsKey(collection);
    }

    /** How a publication is shown. */
    Renderer renderer(Publication publication) {
        if (byId.isEmpty()) {
            return Renderer.NOTHING;
        }
        List<Watch> all = Documents.collectionOf(publication)
                .map(collection -> byCollection.getOrDefault(collection, List.of()))
                .orElse(List.of());
        List<Renderer> shown = new ArrayList<>(all.size());
        for (Watch watch : all) {
            if (watch.shows(publication)) {
                shown.add(watch);
            }
        }
        return switch (shown.size()) {
            case 0 -> Renderer.NOTHING;
            case 1 -> shown.getFirst();
            default -> new Several(shown);
        };
    }
}
