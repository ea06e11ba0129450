package io.switchboard.service;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who is asked for a name, in which order: a method for that very name, and then nobody else; a consumer on the event bus, and if
 * there is none a URL for that very name, or else the pattern that says most of it, of which a method's comes before a URL's.
 * Immutable.
 */
final class ServiceDirectory {
    private final Map<String, Target> methods = new HashMap<>();
    private final Target bus;
    private final Optional<Target> elsewhere;
    private final Map<String, Target> urls = new HashMap<>();
    private final List<Entry> patterns = new ArrayList<>();

    /** A target that serves more than one name. */
    private record Entry(NamePattern pattern, Target target) {}

    /** @param elsewhere who is asked last; empty: nobody */
    ServiceDirectory(List<ServedTarget> served, Target bus, List<HttpTarget> remote, Optional<Target> elsewhere) {
        this.bus = bus;
        this.elsewhere = elsewhere;
        for (ServedTarget target : served) {
            add(target.method().name(), target, methods);
        }
        for (HttpTarget target : remote) {
            if (has(remote, target)) {
                throw new ConfigurationException("switchboard.services.http.<key>.name is "
                        + target.name().text() + " more than once.");
            }
            add(target.name(), target, urls);
        }
        // stable: of two that say the same a method stays first
        patterns.sort(Comparator.comparingInt((Entry entry) -> entry.pattern().specificity())
                .reversed());
    }

    private static boolean has(List<HttpTarget> targets, HttpTarget target) {
        return targets.stream()
                .anyMatch(other -> other != target && other.name().equals(target.name()));
    }

    private void add(NamePattern name, Target target, Map<String, Target> exact) {
        if (name.isExact()) {
            exact.put(name.text(), target);
        } else {
            patterns.add(new Entry(name, target));
        }
    }

    /** Whom to ask, one after the other; empty: this is no name. */
    List<Target> find(String name) {
        if (!NamePattern.isName(name)) {
            return List.of();
        }
        Target method = methods.get(name);
        if (method != null) {
            return List.of(method);
        }
        List<Target> targets = new ArrayList<>(List.of(bus));
        Optional<Target> here = here(name);
        here.ifPresent(targets::add);
        // a URL always answers
        if (!(here.orElse(bus) instanceof HttpTarget)) {
            elsewhere.ifPresent(targets::add);
        }
        return List.copyOf(targets);
    }

    private Optional<Target> here(String name) {
        Target url = urls.get(name);
        if (url != null) {
            return Optional.of(url);
        }
        for (Entry entry : patterns) {
            if (entry.pattern().matches(name)) {
                return Optional.of(entry.target());
            }
        }
        return Optional.empty();
    }
}
