package io.switchboard.event;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.View;
import io.switchboard.event.Node.WorkspaceRelativePath;
import io.switchboard.hub.Guard;
import io.switchboard.hub.HeldView;
import io.switchboard.hub.Hub;
import io.switchboard.hub.Pace;
import io.switchboard.hub.Policy;
import io.switchboard.hub.Publication;
import io.switchboard.hub.Shard;
import io.switchboard.hub.Topic;
import io.switchboard.log.Position;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Takes tree and meta events to the shards that may have somebody for them, and there turns them into publications.
 *
 * <p>Which views an event concerns is asked on each event loop of the views held there at that moment, by workspace and by
 * path prefix: so the answer fits the claims of the sessions exactly, and costs what matches. What a view sees is computed
 * once, whichever loop comes first.
 *
 * <p>Any thread. Events that are routed in some order reach every shard in that order.
 */
public final class TreeRouter {
    private final Hub hub;
    private final DeliveryPolicies deliveries;
    private final TreeFamily treeFamily = new TreeFamily();

    /** Everything is delivered. */
    public TreeRouter(Hub hub) {
        this(hub, DeliveryPolicies.NONE);
    }

    /** @param deliveries by the topic of a workspace, whatever the pace */
    public TreeRouter(Hub hub, DeliveryPolicies deliveries) {
        this.hub = requireNonNull(hub, "hub");
        this.deliveries = requireNonNull(deliveries, "deliveries");
    }

    /** Whether nobody holds a view at that pace, so that there is nothing to do. */
    boolean isIdle(Pace pace) {
        return hub.shardsOfViews(pace) == 0;
    }

    /**
     * Routes an event to those who hold a view at that pace.
     *
     * @param delivered runs once, when nothing of the event is on its way any more
     * @return why the event is for nobody, if so
     */
    Optional<DropReason> route(Pace pace, Position position, TreeEvent event, Runnable delivered) {
        Condition condition = condition(event);
        if (condition instanceof Condition.Never(DropReason reason)) {
            delivered.run();
            return Optional.of(reason);
        }
        if (isIdle(pace)) {
            delivered.run();
            return Optional.empty();
        }
        Set<String> workspaces = new LinkedHashSet<>();
        Set<String> prefixes = new LinkedHashSet<>();
        event.source().ifPresent(node -> addPlaces(node, workspaces, prefixes));
        event.target().ifPresent(node -> addPlaces(node, workspaces, prefixes));
        long targets = 0;
        for (String workspace : workspaces) {
            targets |= hub.shardsOf(pace.topicOf(workspace));
        }
        for (String prefix : prefixes) {
            targets |= hub.shardsOfRoot(prefix, pace);
        }
        Projections projections = new Projections(position, event, condition);
        hub.post(targets, shard -> publish(shard, pace, workspaces, prefixes, projections), delivered);
        return Optional.empty();
    }

    /** What an event that was published before is to one with these views, for those who want every event. Pure. */
    List<Publication> replay(Position position, TreeEvent event, List<View> views) {
        Condition condition = condition(event);
        if (condition instanceof Condition.Never) {
            return List.of();
        }
        Projections projections = new Projections(position, event, condition);
        List<Publication> publications = new ArrayList<>();
        for (View view : views) {
            projections
                    .of(view, Pace.EVERY.topicOf(view.uuid()), new Guard.HoldsView(view))
                    .ifPresent(publications::add);
        }
        return publications;
    }

    /** What claims must fulfil beside holding a view that sees the event. */
    private sealed interface Condition {
        record None() implements Condition {}

        record Of(Guard guard) implements Condition {}

        record Never(DropReason reason) implements Condition {}
    }

    private static Condition condition(TreeEvent event) {
        return switch (event.type()) {
            case READ -> new Condition.Never(DropReason.READ);
            case CREATE, UPDATE_PATH, UPDATE_CONTENT, UPDATE_META, DELETE ->
                hasPlace(event.source()) || hasPlace(event.target())
                        ? new Condition.None()
                        : new Condition.Never(DropReason.NO_PLACE);
            case UPDATE_USER_META ->
                hasPlace(event.target()) ? readers(event) : new Condition.Never(DropReason.NO_PLACE);
        };
    }

    private static Condition readers(TreeEvent event) {
        Optional<String> policies = event.source().map(node -> node.metaStore().get(MetaPolicies.META));
        if (policies.isEmpty()) {
            return new Condition.Never(DropReason.NO_READER);
        }
        Optional<Guard.MayRead> readers = MetaPolicies.read(policies.get());
        if (readers.isEmpty()) {
            return new Condition.Never(DropReason.BAD_POLICIES);
        }
        return readers.get().allowed().isEmpty()
                ? new Condition.Never(DropReason.NO_READER)
                : new Condition.Of(readers.get());
    }

    static boolean hasPlace(Optional<Node> node) {
        return node.isPresent() && node.get().hasPlace();
    }

    private static void addPlaces(Node node, Set<String> workspaces, Set<String> prefixes) {
        for (WorkspaceRelativePath place : node.appearsIn()) {
            workspaces.add(place.wsUuid());
        }
        TreeFamily.forEachPrefix(node.path(), prefixes::add);
    }

    private static void publish(
            Shard shard, Pace pace, Set<String> workspaces, Set<String> prefixes, Projections projections) {
        Set<HeldView> views = new LinkedHashSet<>();
        for (String workspace : workspaces) {
            shard.forWorkspace(workspace, pace, views::add);
        }
        for (String prefix : prefixes) {
            shard.forRoot(prefix, pace, views::add);
        }
        for (HeldView view : views) {
            projections.of(view).ifPresent(shard::publish);
        }
    }

    /** What each view sees of one event; shared by the loops. */
    private final class Projections {
        private final Position position;
        private final TreeEvent event;
        private final Condition condition;
        private final Policy policy;
        private final Map<View, Optional<Publication>> publications = new ConcurrentHashMap<>();

        private Projections(Position position, TreeEvent event, Condition condition) {
            this.position = position;
            this.event = event;
            this.condition = condition;
            this.policy = event.silent() && !event.optimistic() ? Policy.DROPPABLE : Policy.RELIABLE;
        }

        Optional<Publication> of(HeldView held) {
            return of(held.view(), held.topic(), held.guard());
        }

        Optional<Publication> of(View held, Topic topic, Guard holds) {
            return publications.computeIfAbsent(
                    held,
                    view -> treeFamily
                            .project(event, view)
                            .map(json -> deliveries.decide(
                                    new Publication(position, topic, guard(holds), policy, Optional.empty(), json),
                                    Pace.EVERY.topicOf(view.uuid()),
                                    false)));
        }

        private Guard guard(Guard holds) {
            return condition instanceof Condition.Of(Guard guard) ? new Guard.Both(holds, guard) : holds;
        }
    }
}
