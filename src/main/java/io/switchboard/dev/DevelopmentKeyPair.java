package io.switchboard.dev;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Set;

/**
 * A pair of keys in a folder, {@code private.pem} (PKCS#8) and {@code public.pem} (X.509), EC P-256.
 *
 * <p>The private file begins with {@link #MARK}, text that PEM allows before the key. Only a file with that line mints
 * tokens here: whoever points the command line at the key of a real issuer by mistake gets a refusal and not an
 * administrator's token. The public file has no such line, because not every reader of PEM skips it.
 */
public final class DevelopmentKeyPair {
    /** First line of a private key that was made here. */
    public static final String MARK = "Switchboard development key: for tokens of the dev profile, worthless elsewhere";

    public static final String PRIVATE_FILE = "private.pem";
    public static final String PUBLIC_FILE = "public.pem";

    private static final String LOCK_FILE = ".lock";

    private DevelopmentKeyPair() {}

    /**
     * Creates the pair where there is none. Never overwrites: a folder that holds one of the two files only is refused.
     * Safe against another process that does the same.
     *
     * @return whether a pair was created
     * @throws IOException with a sentence for the developer
     */
    public static boolean create(Path folder) throws IOException {
        Files.createDirectories(folder);
        // one at a time in this process (a file lock is the process's, not the thread's), and among processes
        synchronized (DevelopmentKeyPair.class) {
            try (FileChannel channel = FileChannel.open(
                            folder.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    var _ = channel.lock()) {
                return createLocked(folder);
            }
        }
    }

    private static boolean createLocked(Path folder) throws IOException {
        Path privateFile = folder.resolve(PRIVATE_FILE);
        Path publicFile = folder.resolve(PUBLIC_FILE);
        boolean hasPrivate = Files.exists(privateFile);
        boolean hasPublic = Files.exists(publicFile);
        if (hasPrivate && hasPublic) {
            return false;
        }
        if (hasPrivate || hasPublic) {
            throw new IOException("%s holds %s without %s: remove it, or choose another folder; nothing was overwritten"
                    .formatted(
                            folder, hasPrivate ? PRIVATE_FILE : PUBLIC_FILE, hasPrivate ? PUBLIC_FILE : PRIVATE_FILE));
        }
        KeyPair pair = generate();
        // a kill between the two leaves a public key only, which the next call reports
        write(publicFile, pem("PUBLIC KEY", pair.getPublic().getEncoded()), false);
        write(privateFile, MARK + "\n" + pem("PRIVATE KEY", pair.getPrivate().getEncoded()), true);
        return true;
    }

    /**
     * Reads a private key that {@link #create} made.
     *
     * @throws IOException with a sentence for the developer; never with any part of the file
     */
    public static PrivateKey readPrivate(Path file) throws IOException {
        String text = read(file);
        if (!text.startsWith(MARK)) {
            throw new IOException(file + " is not a development key: tokens are minted only with a key that "
                    + "./switchboard keys made, which says so in its first line");
        }
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der("PRIVATE KEY", text)));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new IOException(file + " is damaged: remove the pair and run ./switchboard keys");
        }
    }

    /** Reads the public key of a pair. */
    public static PublicKey readPublic(Path file) throws IOException {
        String text = read(file);
        try {
            return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(der("PUBLIC KEY", text)));
        } catch (GeneralSecurityException | IllegalArgumentException _) {
            throw new IOException(file + " is not a PEM file with an EC public key");
        }
    }

    private static String read(Path file) throws IOException {
        if (!Files.isReadable(file)) {
            throw new IOException(file + " cannot be read: ./switchboard keys makes a pair");
        }
        try {
            return Files.readString(file, StandardCharsets.US_ASCII);
        } catch (java.nio.charset.CharacterCodingException _) {
            throw new IOException(file + " is not a PEM file");
        }
    }

    private static KeyPair generate() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK knows P-256", e);
        }
    }

    /** Whole or not at all, and never readable by others in between. */
    private static void write(Path file, String text, boolean secret) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes = secret && posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        Path whole = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(whole);
        try (var channel = Files.newByteChannel(
                whole, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes)) {
            var bytes = StandardCharsets.US_ASCII.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(what, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), what);
    }

    private static byte[] der(String what, String pem) {
        String begin = "-----BEGIN " + what + "-----";
        int from = pem.indexOf(begin);
        int to = pem.indexOf("-----END " + what + "-----");
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("no " + what);
        }
        return Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to));
    }
}
