package io.switchboard.hub;

import io.switchboard.auth.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The views that the sessions of one event loop hold at one pace, found by workspace and by root. A path is under a root if the root
 * is one of the path's prefixes by segments, so finding the views of a path costs its depth, however many views there are.
 */
final class ViewIndex {
    private final Pace pace;
    private final Map<View, HeldView> views = new HashMap<>();
    private final Map<String, List<HeldView>> byWorkspace = new HashMap<>();
    private final Map<String, List<HeldView>> byRoot = new HashMap<>();

    ViewIndex(Pace pace) {
        this.pace = pace;
    }

    HeldView find(View view) {
        return views.get(view);
    }

    HeldView add(View view) {
        HeldView held = new HeldView(view, pace);
        views.put(view, held);
        byWorkspace.computeIfAbsent(view.uuid(), _ -> new ArrayList<>(1)).add(held);
        for (View.Root root : view.roots()) {
            byRoot.computeIfAbsent(root.path(), _ -> new ArrayList<>(1)).add(held);
        }
        return held;
    }

    void remove(HeldView held) {
        View view = held.view();
        views.remove(view);
        removeFrom(byWorkspace, view.uuid(), held);
        for (View.Root root : view.roots()) {
            removeFrom(byRoot, root.path(), held);
        }
    }

    private static void removeFrom(Map<String, List<HeldView>> index, String key, HeldView held) {
        List<HeldView> list = index.get(key);
        if (list != null && list.remove(held) && list.isEmpty()) {
            index.remove(key);
        }
    }

    boolean isEmpty() {
        return views.isEmpty();
    }

    boolean hasRoot(String path) {
        return byRoot.containsKey(path);
    }

    void forWorkspace(String uuid, Consumer<HeldView> visitor) {
        byWorkspace.getOrDefault(uuid, List.of()).forEach(visitor);
    }

    void forRoot(String path, Consumer<HeldView> visitor) {
        byRoot.getOrDefault(path, List.of()).forEach(visitor);
    }

    /** Entries of all maps, for tests that look for leaks. */
    int size() {
        return views.size() + byWorkspace.size() + byRoot.size();
    }
}
