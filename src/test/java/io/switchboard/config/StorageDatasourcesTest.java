package io.switchboard.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The platform's data sources follow from Switchboard's own settings. */
class StorageDatasourcesTest {
    private static Map<String, String> properties(Map<String, String> settings) {
        return StorageDatasources.properties(name -> Optional.ofNullable(settings.get(name)));
    }

    @Test
    void sqliteIsActiveByDefault() {
        assertThat(properties(Map.of()))
                .containsEntry("quarkus.datasource.\"sqlite\".active", "true")
                .containsEntry("quarkus.datasource.\"postgresql\".active", "false")
                .containsEntry("quarkus.datasource.\"sqlite\".jdbc.max-size", "5");
    }

    @Test
    void theOtherIsActiveWhereItIsAskedFor() {
        assertThat(properties(Map.of(
                        "switchboard.storage.kind", "PostgreSQL",
                        "switchboard.storage.url", "jdbc:postgresql://db/switchboard",
                        "switchboard.storage.password", "secret",
                        "switchboard.storage.readers", "7")))
                .containsEntry("quarkus.datasource.\"sqlite\".active", "false")
                .containsEntry("quarkus.datasource.\"postgresql\".active", "true")
                .containsEntry("quarkus.datasource.\"postgresql\".jdbc.max-size", "10")
                .doesNotContainValue("secret");
    }

    /** The check of the settings says what is missing; the platform would say it in its own words. */
    @Test
    void whatIsNotLocatedIsNotActive() {
        assertThat(properties(Map.of("switchboard.storage.kind", "postgresql")))
                .containsEntry("quarkus.datasource.\"sqlite\".active", "false")
                .containsEntry("quarkus.datasource.\"postgresql\".active", "false");
    }
}
