package io.switchboard.cluster;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * How this replica finds the others, and what the log keeps.
 *
 * @param servers URLs of the NATS servers: {@code nats://} or {@code tls://}
 * @param prefix what all subjects and streams begin with: letters, digits, dashes
 * @param connectTimeout how long to wait for NATS at the start
 * @param lease how long a replica counts as there after its last sign of life; it stops acting by then
 * @param countPatience how long to wait for what other replicas count
 */
public record ClusterSettings(
        List<String> servers,
        String prefix,
        Optional<SignIn> signIn,
        Optional<SSLContext> tls,
        Duration connectTimeout,
        Duration lease,
        Duration countPatience,
        Stream stream) {
    public ClusterSettings {
        servers = List.copyOf(servers);
        requireNonNull(prefix, "prefix");
        requireNonNull(signIn, "signIn");
        requireNonNull(tls, "tls");
        requireNonNull(connectTimeout, "connectTimeout");
        requireNonNull(lease, "lease");
        requireNonNull(countPatience, "countPatience");
        requireNonNull(stream, "stream");
    }

    /** As whom this replica signs in at NATS. */
    public sealed interface SignIn {
        /** By name. */
        record Password(String user, String password) implements SignIn {
            public Password {
                requireNonNull(user, "user");
                requireNonNull(password, "password");
            }

            @Override
            public String toString() {
                return "Password[]";
            }
        }

        /** With a file of NATS credentials: a JWT and its key. */
        record Credentials(Path file) implements SignIn {
            public Credentials {
                requireNonNull(file, "file");
            }
        }
    }

    /**
     * What the stream keeps; 0 and zero: any number.
     *
     * @param replicas NATS servers that keep it
     * @param duplicateWindow how long a key is remembered
     */
    public record Stream(int replicas, long events, long bytes, Duration age, Duration duplicateWindow) {
        public Stream {
            requireNonNull(age, "age");
            requireNonNull(duplicateWindow, "duplicateWindow");
        }
    }

    /** How long somebody waits for one who can decide: longer than it takes to replace a replica that died. */
    public Duration patience() {
        return lease.multipliedBy(3);
    }
}
