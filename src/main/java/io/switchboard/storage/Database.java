package io.switchboard.storage;

import static java.util.Objects.requireNonNull;

import io.switchboard.config.StorageKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Where rooms and letters are kept. Each connection belongs to one thread at a time. All methods block. */
public final class Database {
    /** Its own name, so that other applications may use the same database. */
    private static final String HISTORY = "switchboard_schema";

    private static final String MIGRATIONS = "db/storage";

    private final Engine engine;
    private final DataSource source;
    private final Optional<Path> file;

    /**
     * @param source gives a new connection each time
     * @param url where it is; of SQLite, the folder of the file is made where there is none
     */
    public Database(StorageKind kind, DataSource source, String url) {
        this.engine = Engine.of(kind);
        this.source = requireNonNull(source, "source");
        this.file = kind == StorageKind.SQLITE ? file(url) : Optional.empty();
    }

    /** Empty: written in a way that only SQLite understands. */
    private static Optional<Path> file(String url) {
        String name = url.substring(StorageKind.SQLITE.scheme().length());
        int options = name.indexOf('?');
        String path = options < 0 ? name : name.substring(0, options);
        return path.startsWith("file:") || path.startsWith(":") ? Optional.empty() : Optional.of(Path.of(path));
    }

    Engine engine() {
        return engine;
    }

    Connection openForWriting() throws SQLException {
        makeFolder();
        return open(engine::forWriting);
    }

    Connection openForReading() throws SQLException {
        return open(engine::forReading);
    }

    private Connection open(Preparation preparation) throws SQLException {
        Connection connection = source.getConnection();
        try {
            preparation.prepare(connection);
            return connection;
        } catch (SQLException | RuntimeException e) {
            closeQuietly(connection);
            throw e;
        }
    }

    private void makeFolder() throws SQLException {
        Optional<Path> folder = file.map(Path::toAbsolutePath).map(Path::getParent);
        if (folder.isPresent()) {
            try {
                Files.createDirectories(folder.get());
            } catch (IOException e) {
                throw new SQLException("the folder of the database cannot be made", e);
            }
        }
    }

    /** Brings the schema to the version that this release needs. */
    void migrate() {
        Flyway.configure()
                .dataSource(source)
                .locations(MIGRATIONS)
                .table(HISTORY)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .load()
                .migrate();
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException _) {
            // It is gone, which is what was wanted.
        }
    }

    @FunctionalInterface
    private interface Preparation {
        void prepare(Connection connection) throws SQLException;
    }
}
