package io.switchboard.hub;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.View;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The part of the hub that one event loop owns. Every method is called on that loop, and none of them locks or blocks.
 *
 * <p>What the hub must know to visit this shard is set before {@code subscribe} and {@code hold} return, and taken back
 * with the last subscriber; both happen on the owning loop, so a publication that is placed after a subscription was
 * acknowledged cannot miss it.
 */
public final class Shard {
    private final Loop loop;
    private final Summary summary;
    private final int number;
    private final SubscriptionIndex subscriptions = new SubscriptionIndex();
    private final PatternIndex patterns = new PatternIndex();
    /** How many patterns begin with a segment; under empty those that begin with a wildcard. */
    private final Map<Optional<String>, Integer> patternsByFirst = new HashMap<>();

    private final Map<Pace, ViewIndex> views = new EnumMap<>(Pace.class);
    private final PublicationListener listener;
    private final Ledger ledger;
    private Consumer<Delivery.Leg> handOver = Delivery.Leg::handedOver;
    private long offering;
    private int refused;
    private int leftOut;
    private int publications;
    private int receivers;

    Shard(Loop loop, Summary summary, int number, PublicationListener listener, Ledger ledger) {
        this.loop = requireNonNull(loop, "loop");
        this.summary = summary;
        this.number = number;
        for (Pace pace : Pace.values()) {
            views.put(pace, new ViewIndex(pace));
        }
        this.listener = listener;
        this.ledger = ledger;
    }

    /** Who counts what becomes of publications. */
    public Ledger ledger() {
        return ledger;
    }

    /** The loop that owns this shard. */
    public Loop loop() {
        return loop;
    }

    int number() {
        return number;
    }

    /** Who says of a leg when its sockets were written to; set once, before there are subscribers. */
    public void onHandOver(Consumer<Delivery.Leg> waiter) {
        handOver = requireNonNull(waiter, "waiter");
    }

    /** Does the work for a delivery, if somebody watches it. */
    void run(Consumer<Shard> work, Optional<Delivery> delivery) {
        if (delivery.isEmpty()) {
            work.accept(this);
            return;
        }
        Delivery.Leg leg = delivery.get().begin(number);
        publications = 0;
        receivers = 0;
        try {
            work.accept(this);
        } finally {
            leg.offered(publications, receivers);
            if (receivers > 0) {
                handOver.accept(leg);
            }
        }
    }

    /** Subscribes to what a guard allows of a topic; to be given back to {@link #unsubscribe}. */
    public Subscription subscribe(Topic topic, Guard guard, Subscriber subscriber) {
        summary.add(topic, number);
        return subscriptions.add(topic, guard, subscriber);
    }

    /**
     * Subscribes to every topic of a pattern that is not guarded; to be given back to {@link #unsubscribe}. One who holds
     * several that overlap is offered a publication several times: see {@link #offering}.
     */
    public Subscription subscribe(Pattern pattern, Subscriber subscriber) {
        int before = patterns.size();
        Subscription subscription = patterns.add(pattern, subscriber);
        if (patterns.size() > before) {
            Optional<String> first = pattern.first();
            patternsByFirst.merge(first, 1, Integer::sum);
            summary.addPatterns(first, number);
        }
        return subscription;
    }

    /** Gives a subscription back; a second time does nothing. */
    public void unsubscribe(Subscription subscription) {
        switch (subscription.subject) {
            case Subscription.Subject.OfTopic subject -> {
                if (subscriptions.remove(subscription, subject)) {
                    summary.remove(subject.topic(), number);
                }
            }
            case Subscription.Subject.OfPattern(Pattern pattern) -> {
                if (patterns.remove(subscription, pattern)) {
                    Optional<String> first = pattern.first();
                    if (patternsByFirst.merge(first, -1, Integer::sum) == 0) {
                        patternsByFirst.remove(first);
                        summary.removePatterns(first, number);
                    }
                }
            }
        }
    }

    /** Makes events of a view findable here; to be given back to {@link #release} as often as it was held. */
    public HeldView hold(View view, Pace pace) {
        ViewIndex index = views.get(pace);
        HeldView held = index.find(view);
        if (held == null) {
            held = index.add(view);
            summary.addViews(pace, number);
            for (View.Root root : view.roots()) {
                summary.addRoot(root.path(), pace, number);
            }
        }
        held.holders++;
        return held;
    }

    /** Gives a view back. */
    public void release(HeldView held) {
        if (--held.holders == 0) {
            Pace pace = held.pace();
            ViewIndex index = views.get(pace);
            index.remove(held);
            if (index.isEmpty()) {
                summary.removeViews(pace, number);
            }
            for (View.Root root : held.view().roots()) {
                if (!index.hasRoot(root.path())) {
                    summary.removeRoot(root.path(), pace, number);
                }
            }
        }
    }

    /** Visits the views held here of a workspace. */
    public void forWorkspace(String uuid, Pace pace, Consumer<HeldView> visitor) {
        views.get(pace).forWorkspace(uuid, visitor);
    }

    /** Visits the views held here that have this very root. */
    public void forRoot(String path, Pace pace, Consumer<HeldView> visitor) {
        views.get(pace).forRoot(path, visitor);
    }

    /**
     * Offers a publication to those who subscribed to its topic under the {@link Guard#audience} of its guard and, where
     * the topic is not guarded, to those who subscribed to a pattern of it.
     *
     * @return how many took it
     */
    public int publish(Publication publication) {
        offering++;
        refused = 0;
        leftOut = 0;
        long visitedBefore = subscriptions.visited() + patterns.visited();
        int taken = subscriptions.offer(publication);
        if (publication.topic().isFoundByPattern()) {
            taken += patterns.offer(publication);
        }
        if (taken > 0) {
            publications++;
            receivers += taken;
            listener.published(publication.topic().kind());
        }
        int visited = (int) (subscriptions.visited() + patterns.visited() - visitedBefore);
        if (visited > 0) {
            ledger.offered(publication.position(), visited, refused, leftOut, taken);
        }
        return taken;
    }

    /** The one who is being offered a publication must not see it. */
    public void refused() {
        refused++;
    }

    /** The one who is being offered a publication goes without it. */
    public void leftOut() {
        leftOut++;
    }

    /** Numbers what is offered here: whoever was offered under this number already is found by another pattern. */
    public long offering() {
        return offering;
    }

    /** How many topics, views and roots are indexed here; 0 when nobody is subscribed. */
    public int entries() {
        return subscriptions.size()
                + patterns.size()
                + views.values().stream().mapToInt(ViewIndex::size).sum();
    }
}
