package io.switchboard.hub;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Subscriptions by pattern on one event loop, as a tree of segments: a topic is matched by walking down the branches that
 * fit, so the cost follows what matches, however many patterns there are. Called on its loop only.
 */
final class PatternIndex {
    /** A place in the tree: what follows it, and who has subscribed to exactly the pattern that ends here. */
    private static final class Node {
        private final Map<String, Node> literals = new HashMap<>(2);
        private Node one;
        private Node more;
        private SubscriberList subscribers;

        /** The walk that came here last, and from which segments on: several wildcards may lead here the same way. */
        private long walk;

        private long walkedFrom;

        private boolean isEmpty() {
            return subscribers == null && one == null && more == null && literals.isEmpty();
        }

        private int count() {
            return 1
                    + literals.values().stream().mapToInt(Node::count).sum()
                    + (one == null ? 0 : one.count())
                    + (more == null ? 0 : more.count());
        }

        private Node child(Pattern.Segment segment) {
            return switch (segment) {
                case Pattern.Literal(String text) -> literals.get(text);
                case Pattern.Wildcard.ONE -> one;
                case Pattern.Wildcard.MORE -> more;
                case Pattern.Template _ -> throw noTemplate();
            };
        }

        private Node grow(Pattern.Segment segment) {
            return switch (segment) {
                case Pattern.Literal(String text) -> literals.computeIfAbsent(text, _ -> new Node());
                case Pattern.Wildcard.ONE -> {
                    if (one == null) {
                        one = new Node();
                    }
                    yield one;
                }
                case Pattern.Wildcard.MORE -> {
                    if (more == null) {
                        more = new Node();
                    }
                    yield more;
                }
                case Pattern.Template _ -> throw noTemplate();
            };
        }

        private void cut(Pattern.Segment segment) {
            switch (segment) {
                case Pattern.Literal(String text) -> literals.remove(text);
                case Pattern.Wildcard.ONE -> one = null;
                case Pattern.Wildcard.MORE -> more = null;
                case Pattern.Template _ -> throw noTemplate();
            }
        }
    }

    private static IllegalArgumentException noTemplate() {
        return new IllegalArgumentException("a subscription holds no template");
    }

    private final Node root = new Node();
    private long walk;
    private long visited;
    private int size;

    Subscription add(Pattern pattern, Subscriber subscriber) {
        Node node = root;
        for (Pattern.Segment segment : pattern.segments()) {
            node = node.grow(segment);
        }
        if (node.subscribers == null) {
            node.subscribers = new SubscriberList();
            size++;
        }
        return node.subscribers.add(new Subscription.Subject.OfPattern(pattern), subscriber);
    }

    /** Removes a subscription; returns whether nobody is left who has subscribed to that pattern. */
    boolean remove(Subscription subscription, Pattern pattern) {
        SubscriberList list = subscription.list;
        list.remove(subscription);
        return list.isEmpty() && prune(root, pattern, 0);
    }

    private boolean prune(Node node, Pattern pattern, int depth) {
        List<Pattern.Segment> segments = pattern.segments();
        if (depth == segments.size()) {
            if (node.subscribers == null || !node.subscribers.isEmpty()) {
                return false;
            }
            node.subscribers = null;
            size--;
            return true;
        }
        Node child = node.child(segments.get(depth));
        if (child == null) {
            return false;
        }
        boolean removed = prune(child, pattern, depth + 1);
        if (removed && child.isEmpty()) {
            node.cut(segments.get(depth));
        }
        return removed;
    }

    /** Offers a publication to whoever has subscribed to a pattern of its topic; returns how many took it. */
    int offer(Publication publication) {
        if (size == 0) {
            return 0;
        }
        walk++;
        return walk(root, publication.topic().segments(), 0, publication);
    }

    private int walk(Node node, List<String> segments, int depth, Publication publication) {
        if (node.walk != walk) {
            node.walk = walk;
            node.walkedFrom = 0;
        }
        long bit = 1L << depth;
        if ((node.walkedFrom & bit) != 0) {
            return 0;
        }
        node.walkedFrom |= bit;
        if (depth == segments.size()) {
            if (node.subscribers == null) {
                return 0;
            }
            visited += node.subscribers.size();
            return node.subscribers.offer(publication);
        }
        int taken = 0;
        Node literal = node.literals.get(segments.get(depth));
        if (literal != null) {
            taken += walk(literal, segments, depth + 1, publication);
        }
        if (node.one != null) {
            taken += walk(node.one, segments, depth + 1, publication);
        }
        // whoever takes it may end, and the branch with it
        Node more = node.more;
        if (more != null) {
            for (int end = depth + 1; end <= segments.size(); end++) {
                taken += walk(more, segments, end, publication);
            }
        }
        return taken;
    }

    /** How many have been offered something so far, as often as they were found. */
    long visited() {
        return visited;
    }

    /** How many different patterns are subscribed to. */
    int size() {
        return size;
    }

    /** Places in the tree, for tests that look for leaks. */
    int nodes() {
        return root.count();
    }
}
