package io.switchboard.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An HTTP client on one connection that does only what it is told, and reads a body as it comes. */
public final class RawHttp implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private Map<String, String> headers = Map.of();

    /** A whole answer. */
    public record Answer(int status, Map<String, String> headers, String body) {
        public Answer {
            headers = Map.copyOf(headers);
        }

        /** A header of it, whose name is in lower case. */
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }
    }

    private RawHttp(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    public static RawHttp connect(int port) throws IOException {
        return connect(port, "127.0.0.1", 0);
    }

    /**
     * Connects.
     *
     * @param from the address to come from, of the loopback network
     * @param receiveBuffer in bytes; 0: as the system likes
     */
    @SuppressWarnings("AddressSelection") // an address of the loopback network, as text
    public static RawHttp connect(int port, String from, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
        return new RawHttp(socket);
    }

    /** Sends a request, without a body if that is empty and the method is GET. */
    public void send(String method, String path, String body, String... lines) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        if (List.of(lines).stream().noneMatch(line -> line.startsWith("Host:"))) {
            head.append("Host: 127.0.0.1\r\n");
        }
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        if (!method.equals("GET")) {
            head.append("Content-Length: ").append(content.length).append("\r\n");
        }
        send(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8), content);
    }

    /** Sends bytes as they are. */
    public void send(byte[]... parts) throws IOException {
        for (byte[] part : parts) {
            out.write(part);
        }
        out.flush();
    }

    /** Sends a request and reads the whole answer. */
    public Answer ask(String method, String path, String body, String... lines) throws IOException {
        send(method, path, body, lines);
        return read();
    }

    /** The whole answer to what was sent. */
    public Answer read() throws IOException {
        int status = readHead();
        return new Answer(status, headers, readBody(status));
    }

    /** The status of an answer whose body is read later. */
    public int readHead() throws IOException {
        String first = line();
        headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.merge(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip(),
                    (one, other) -> one + ", " + other);
        }
        return Integer.parseInt(first.substring(9, 12));
    }

    /** A header of the answer whose body is read now; its name is in lower case. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    private String readBody(int status) throws IOException {
        if (status == 204) {
            return "";
        }
        if (headers.containsKey("content-length")) {
            return exactly(Integer.parseInt(headers.get("content-length")));
        }
        StringBuilder body = new StringBuilder();
        for (Optional<String> chunk = readChunk(); chunk.isPresent(); chunk = readChunk()) {
            body.append(chunk.get());
        }
        return body.toString();
    }

    /** The next part of a streamed body, in ASCII; empty: it has ended. */
    public Optional<String> readChunk() throws IOException {
        int length = Integer.parseInt(line(), 16);
        String chunk = exactly(length);
        line();
        return length == 0 ? Optional.empty() : Optional.of(chunk);
    }

    /** Reads parts of a streamed body until they end like that. */
    public String readUntil(String end) throws IOException {
        StringBuilder text = new StringBuilder();
        while (!text.toString().endsWith(end)) {
            text.append(readChunk().orElseThrow(() -> new EOFException("ended behind " + text)));
        }
        return text.toString();
    }

    private String exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String line() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int b = in.read();
        while (b != '\n') {
            if (b < 0) {
                throw new EOFException();
            }
            bytes.write(b);
            b = in.read();
        }
        return bytes.toString(StandardCharsets.UTF_8).stripTrailing();
    }

    /** How long a read waits. */
    public void patience(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
    }

    /** Whether nothing more comes, since the connection has ended. */
    public boolean isOver() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException _) {
            return true;
        }
    }

    /** Ends the connection without a word. */
    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
