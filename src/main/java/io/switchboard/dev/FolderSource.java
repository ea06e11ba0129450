package io.switchboard.dev;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.switchboard.config.SwitchboardConfig;
import io.vertx.core.eventbus.EventBus;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Plays the internal service of the dev profile: what happens in a real folder is published on the event bus as it would
 * be by a file service. Events go one by one, each after the former was accepted, so they keep their order and a burst
 * waits here and not in the gateway's queue.
 */
@Singleton
@IfBuildProfile("dev")
public class FolderSource {
    private static final Logger LOG = Logger.getLogger(FolderSource.class);

    private static final String ADDRESS = "tree";
    private static final int ACCEPT_SECONDS = 10;
    private static final String README = """
            Switchboard watches this folder in the dev profile.

            Create, change, rename or delete files here, and whoever is signed in with the
            workspace dev-files sees it at once. Another folder: ./switchboard run --folder DIR
            """;

    private final EventBus bus;
    private final Path folder;
    private final boolean own;
    private FolderWatcher watcher;

    @Inject
    public FolderSource(SwitchboardConfig config, EventBus bus) {
        this.bus = bus;
        this.own = config.dev().folder().isEmpty();
        this.folder = config.dev()
                .folder()
                .map(Path::of)
                .orElseGet(() -> Path.of(config.dev().home(), "folder"))
                .toAbsolutePath()
                .normalize();
    }

    /** The folder that is watched. */
    public Path folder() {
        return folder;
    }

    void start(@Observes StartupEvent event) {
        try {
            if (own) {
                Files.createDirectories(folder);
                Path readme = folder.resolve("README.txt");
                if (Files.notExists(readme)) {
                    Files.writeString(readme, README);
                }
            }
            watcher = new FolderWatcher(folder, FolderWatcher.MAX_ENTRIES, this::publish);
            watcher.start();
        } catch (IOException e) {
            // the rest of the dev profile works without it
            LOG.errorf("%s is not watched: %s", folder, e);
        }
    }

    void stop(@Observes ShutdownEvent event) throws IOException {
        if (watcher != null) {
            watcher.close();
        }
    }

    private void publish(List<FolderChange> changes) {
        for (FolderChange change : changes) {
            try {
                bus.request(ADDRESS, FolderEvents.toJson(change))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(ACCEPT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                LOG.warnf(
                        "an event of the watched folder was refused: %s",
                        e.getCause().getMessage());
            } catch (TimeoutException _) {
                LOG.warn("an event of the watched folder was not answered");
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
