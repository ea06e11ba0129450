package io.switchboard.storage;

import io.agroal.api.AgroalDataSource;
import io.quarkus.agroal.DataSource;
import io.quarkus.arc.InjectableInstance;
import io.switchboard.config.StorageKind;
import io.switchboard.config.SwitchboardConfig;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Takes the one data source that is active. */
@Singleton
final class DatabaseProducer {
    /** The platform's own default, as application.properties has it. */
    private static final String DEFAULT_URL = StorageKind.SQLITE.scheme() + "switchboard.db";

    @Produces
    @Singleton
    Database database(
            SwitchboardConfig config,
            @DataSource("sqlite") InjectableInstance<AgroalDataSource> sqlite,
            @DataSource("postgresql") InjectableInstance<AgroalDataSource> postgresql) {
        StorageKind kind = config.storage().kind();
        AgroalDataSource source = switch (kind) {
            case SQLITE -> sqlite.get();
            case POSTGRESQL -> postgresql.get();
        };
        return new Database(kind, source, config.storage().url().orElse(DEFAULT_URL));
    }
}
