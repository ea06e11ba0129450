package io.switchboard.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A WebSocket client that does only what it is told, so that it can also do what no decent client would. */
public final class RawWebSocket implements AutoCloseable {
    public static final int CONTINUATION = 0x0;
    public static final int TEXT = 0x1;
    public static final int BINARY = 0x2;
    public static final int CLOSE = 0x8;
    public static final int PING = 0x9;
    public static final int PONG = 0xA;

    /** Bit of the first byte that ends a message. */
    public static final int FIN = 0x80;

    private static final byte[] MASK = {0x37, 0x11, 0x5a, 0x7e};
    private static final int PATIENCE_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;
    private String head = "";

    /** One frame as it came. */
    public static final class Frame {
        private final int first;
        private final byte[] payload;

        Frame(int first, byte[] payload) {
            this.first = first;
            this.payload = payload;
        }

        public int first() {
            return first;
        }

        public byte[] payload() {
            return payload.clone();
        }

        public int opcode() {
            return first & 0x0F;
        }

        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The status of a close frame; 1005 where it has none. */
        public int closeCode() {
            return payload.length < 2 ? 1005 : ((payload[0] & 0xFF) << 8) | (payload[1] & 0xFF);
        }
    }

    private RawWebSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        this.out = socket.getOutputStream();
    }

    /** Connects, without a word. */
    public static RawWebSocket connect(int port) throws IOException {
        return connect(port, "127.0.0.1", 0);
    }

    /**
     * Connects, without a word.
     *
     * @param from the address to come from, of the loopback network
     * @param receiveBuffer in bytes; 0: as the system likes
     */
    @SuppressWarnings("AddressSelection") // an address of the loopback network, as text
    public static RawWebSocket connect(int port, String from, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MILLIS);
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
            socket.setSendBufferSize(receiveBuffer);
        }
        socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
        socket.connect(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
        return new RawWebSocket(socket);
    }

    /** Connects and upgrades. */
    public static RawWebSocket open(int port, String path, String... headers) throws IOException {
        RawWebSocket client = connect(port);
        int status = client.handshake(path, headers);
        if (status != 101) {
            throw new IOException("upgrade refused with " + status);
        }
        return client;
    }

    /** The upgrade request as text. */
    public static String request(String path, String... headers) {
        StringBuilder request = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
        if (List.of(headers).stream().noneMatch(header -> header.startsWith("Host:"))) {
            request.append("Host: 127.0.0.1\r\n");
        }
        request.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
                .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        return request.append("\r\n").toString();
    }

    /** Asks for the upgrade; returns the status of the answer. */
    public int handshake(String path, String... headers) throws IOException {
        send(request(path, headers).getBytes(StandardCharsets.UTF_8));
        return readStatus();
    }

    /** Reads the head of an HTTP answer; returns its status. */
    public int readStatus() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            bytes.write(in.readUnsignedByte());
        }
        head = bytes.toString(StandardCharsets.ISO_8859_1);
        return Integer.parseInt(head.substring(9, 12));
    }

    /** A header of the last HTTP answer. */
    public Optional<String> header(String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst();
    }

    /** Reads past the body that the last HTTP answer announced. */
    public void skipBody() throws IOException {
        in.readFully(new byte[header("content-length").map(Integer::parseInt).orElse(0)]);
    }

    /** A masked frame; {@code first} is the whole first byte. */
    public static byte[] frame(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 14);
        writeHead(frame, first, payload.length, 0x80);
        frame.writeBytes(MASK);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ MASK[i & 3]);
        }
        return frame.toByteArray();
    }

    /** A frame as only servers may send it. */
    public static byte[] unmasked(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 14);
        writeHead(frame, first, payload.length, 0);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** The head of a masked frame whose payload may never come. */
    public static byte[] headOnly(int first, long length) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(14);
        writeHead(frame, first, length, 0x80);
        frame.writeBytes(MASK);
        return frame.toByteArray();
    }

    private static void writeHead(ByteArrayOutputStream frame, int first, long length, int masked) {
        frame.write(first);
        if (length < 126) {
            frame.write(masked | (int) length);
        } else if (length < 65_536) {
            frame.write(masked | 126);
            frame.write((int) (length >> 8));
            frame.write((int) length);
        } else {
            frame.write(masked | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) (length >> shift));
            }
        }
    }

    public static byte[] text(String text) {
        return frame(FIN | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes as they are. */
    public void send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    public void sendText(String text) throws IOException {
        send(text(text));
    }

    /** How long a read waits. */
    public void patience(Duration patience) throws IOException {
        socket.setSoTimeout((int) patience.toMillis());
    }

    /** The next frame, whatever it is; a socket time-out where none comes. */
    public Frame read() throws IOException {
        int first = in.readUnsignedByte();
        int second = in.readUnsignedByte();
        if ((second & 0x80) != 0) {
            throw new IOException("a server must not mask");
        }
        long length = second;
        if (second == 126) {
            length = in.readUnsignedShort();
        } else if (second == 127) {
            length = in.readLong();
        }
        byte[] payload = new byte[(int) length];
        in.readFully(payload);
        return new Frame(first, payload);
    }

    /** The next frame that is not a ping; those are answered. */
    private Frame readPolitely() throws IOException {
        Frame frame = read();
        while (frame.opcode() == PING) {
            send(frame(FIN | PONG, frame.payload()));
            frame = read();
        }
        return frame;
    }

    /** The text of the next frame, which must be a text; pings are answered. */
    public String readText() throws IOException {
        Frame frame = readPolitely();
        if (frame.first() != (FIN | TEXT)) {
            throw new IOException("not a text but 0x" + Integer.toHexString(frame.first()) + " code="
                    + (frame.opcode() == CLOSE ? frame.closeCode() : 0));
        }
        return frame.text();
    }

    /**
     * Reads to the close frame, answers it and pings, and checks that the connection ends.
     *
     * @return the frames that are not pings in their order, the close frame last
     */
    public List<Frame> readToClose() throws IOException {
        List<Frame> frames = new ArrayList<>();
        Frame frame;
        do {
            frame = readPolitely();
            frames.add(frame);
        } while (frame.opcode() != CLOSE);
        try {
            send(frame(FIN | CLOSE, frame.payload()));
            awaitEnd();
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException _) {
            // the server was faster
        }
        return frames;
    }

    /** Reads until the connection ends. */
    public void awaitEnd() throws IOException {
        try {
            while (in.read() >= 0) {
                // until the end
            }
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException _) {
            // reset
        }
    }

    /** Whether something waits to be read. */
    public boolean readable() throws IOException {
        return in.available() > 0;
    }

    /** Says that nothing more comes; the answers can still be read. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() {
        abort();
    }

    /** Ends the connection without a word. */
    public void abort() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
