package io.switchboard.config;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Decides at the start which of the two data sources is active: the platform's settings follow from {@code switchboard.storage.}.
 * URL, user and password are expressions in application.properties, so that no build can keep them.
 */
public final class StorageDatasources implements ConfigSourceFactory {
    /** Above application.properties, below the environment. */
    private static final int ORDINAL = 275;

    /** The writer, and two for the migration. */
    private static final int CONNECTIONS_BESIDE_READERS = 3;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        return List.of(new PropertiesConfigSource(
                properties(name -> Optional.ofNullable(context.getValue(name)).map(ConfigValue::getValue)),
                "switchboard.storage",
                ORDINAL));
    }

    /** What does not parse is left to the typed settings, which say what is wrong with it. */
    static Map<String, String> properties(Function<String, Optional<String>> settings) {
        String kind = settings.apply("switchboard.storage.kind").orElse("").strip();
        boolean located = settings.apply("switchboard.storage.url")
                .filter(url -> !url.isBlank())
                .isPresent();
        int readers = settings.apply("switchboard.storage.readers")
                .filter(text -> text.matches("\\d{1,4}"))
                .map(Integer::parseInt)
                .orElse(2);
        Map<String, String> properties = new HashMap<>();
        for (StorageKind candidate : StorageKind.values()) {
            String prefix = "quarkus.datasource.\"" + candidate.wireName() + "\".";
            boolean chosen =
                    candidate.wireName().equalsIgnoreCase(kind) || (kind.isEmpty() && candidate == StorageKind.SQLITE);
            properties.put(prefix + "active", Boolean.toString(chosen && (located || candidate == StorageKind.SQLITE)));
            properties.put(prefix + "jdbc.max-size", Integer.toString(readers + CONNECTIONS_BESIDE_READERS));
        }
        return properties;
    }
}
