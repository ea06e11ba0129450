package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.log.Position;
import io.switchboard.log.Tail;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Takes events from the log's tail to the shards that may have somebody for them, and there turns them into publications.
 *
 * <p>Which views an event concerns is asked on each event loop of the views held there at that moment, by workspace and by
 * path prefix: so the answer fits the claims of the sessions exactly, and costs what matches. What a view sees is computed
 * once, whichever loop comes first.
 */
public final class EventRouter implements Tail<Event> {
    private final Hub hub;
    private final TreeFamily treeFamily = new TreeFamily();
    private final Consumer<DropReason> onDrop;

    /** @param onDrop hears of every event that concerns nobody by its kind; any thread */
    public EventRouter(Hub hub, Consumer<DropReason> onDrop) {
        this.hub = requireNonNull(hub, "hub");
        this.onDrop = requireNonNull(onDrop, "onDrop");
    }

    @Override
    public void deliver(Position position, Event event, Runnable delivered) {
        switch (event) {
            case TreeEvent tree -> routeTree(position, tree, delivered);
            case JobEvent job -> {
                Publication publication = JobFamily.publication(position, job);
                hub.post(hub.shardsOf(publication.topic()), shard -> shard.publish(publication), delivered);
            }
        }
    }

    private void routeTree(Position position, TreeEvent event, Runnable delivered) {
        Optional<DropReason> drop = dropReason(event);
        if (drop.isPresent()) {
            onDrop.accept(drop.get());
            delivered.run();
            return;
        }
        Set<String> workspaces = new LinkedHashSet<>();
        Set<String> prefixes = new LinkedHashSet<>();
        event.source().ifPresent(node -> addPlaces(node, workspaces, prefixes));
        event.target().ifPresent(node -> addPlaces(node, workspaces, prefixes));
        long targets = 0;
        for (String workspace : workspaces) {
            targets |= hub.shardsOf(HeldView.topicOf(workspace));
        }
        for (String prefix : prefixes) {
            targets |= hub.shardsOfRoot(prefix);
        }
        Projections projections = new Projections(position, event);
        hub.post(targets, shard -> publish(shard, workspaces, prefixes, projections), delivered);
    }

    private static Optional<DropReason> dropReason(TreeEvent event) {
        return switch (event.type()) {
            case READ -> Optional.of(DropReason.READ);
            case UPDATE_USER_META -> Optional.of(DropReason.NOT_SUPPORTED);
            case CREATE, UPDATE_PATH, UPDATE_CONTENT, UPDATE_META, DELETE ->
                hasPlace(event.source()) || hasPlace(event.target())
                        ? Optional.empty()
                        : Optional.of(DropReason.NO_PLACE);
        };
    }

    private static boolean hasPlace(Optional<Node> node) {
        return node.isPresent()
                && (!node.get().path().isEmpty() || !node.get().appearsIn().isEmpty());
    }

    private static void addPlaces(Node node, Set<String> workspaces, Set<String> prefixes) {
        for (WorkspaceRelativePath place : node.appearsIn()) {
            workspaces.add(place.wsUuid());
        }
        TreeFamily.forEachPrefix(node.path(), prefixes::add);
    }

    private static void publish(Shard shard, Set<String> workspaces, Set<String> prefixes, Projections projections) {
        Set<HeldView> views = new LinkedHashSet<>();
        for (String workspace : workspaces) {
            shard.forWorkspace(workspace, views::add);
        }
        for (String prefix : prefixes) {
            shard.forRoot(prefix, views::add);
        }
        for (HeldView view : views) {
            projections.of(view).ifPresent(shard::publish);
        }
    }

    /** What each view sees of one event; shared by the loops. */
    private final class Projections {
        private final Position position;
        private final TreeEvent event;
        private final Map<View, Optional<Publication>> publications = new ConcurrentHashMap<>();

        private Projections(Position position, TreeEvent event) {
            this.position = position;
            this.event = event;
        }

        Optional<Publication> of(HeldView held) {
            return publications.computeIfAbsent(
                    held.view(),
                    view -> treeFamily
                            .project(event, view)
                            .map(json -> new Publication(
                                    position, held.topic(), held.guard(), Policy.RELIABLE, Optional.empty(), json)));
        }
    }
}
