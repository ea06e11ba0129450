package io.switchboard.testing;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process of its own that opens many WebSockets, says what it is told to and not a word more, and ends when the server has
 * closed them all: a process may have only so many descriptors. Needs nothing but the JDK. Prints {@code opened n} and
 * {@code closed n}.
 *
 * <p>Arguments: port, how many, and then the path and a file of which each line is what one of them says, message by
 * message with tabs in between; they take turns. Such a crowd is to be killed.
 */
public final class Crowd {
    private static final int AT_ONCE = 256;

    private Crowd() {}

    /** Starts one. */
    public static Process start(int port, int count, String... more) throws java.io.IOException {
        try {
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m",
                    "-cp",
                    Path.of(Crowd.class
                                    .getProtectionDomain()
                                    .getCodeSource()
                                    .getLocation()
                                    .toURI())
                            .toString(),
                    Crowd.class.getName(),
                    Integer.toString(port),
                    Integer.toString(count)));
            command.addAll(List.of(more));
            return new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        byte[] request = RawWebSocket.request(arguments.length > 2 ? arguments[2] : "/ws/event")
                .getBytes(StandardCharsets.US_ASCII);
        List<String> said = arguments.length > 3 ? Files.readAllLines(Path.of(arguments[3])) : List.of("");
        try (Selector selector = Selector.open()) {
            int started = 0;
            int opened = 0;
            int closed = 0;
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            while (closed < count) {
                while (started < count && started - opened < AT_ONCE) {
                    start(selector, started, port);
                    started++;
                }
                selector.select();
                for (var keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
                    SelectionKey key = keys.next();
                    keys.remove();
                    SocketChannel channel = (SocketChannel) key.channel();
                    if (key.isConnectable()) {
                        channel.finishConnect();
                        key.interestOps(SelectionKey.OP_READ);
                        channel.write(ByteBuffer.wrap(request));
                        continue;
                    }
                    buffer.clear();
                    int read = read(channel, buffer);
                    if (key.attachment() == null && read > 0) {
                        String head = new String(buffer.array(), 0, 12, StandardCharsets.US_ASCII);
                        if (!head.equals("HTTP/1.1 101")) {
                            throw new IllegalStateException(head);
                        }
                        key.attach("open");
                        say(channel, said.get(opened % said.size()));
                        opened++;
                        if (opened == count) {
                            System.out.println("opened " + opened);
                        }
                    } else if (read < 0) {
                        channel.close();
                        closed++;
                    } else if (arguments.length == 2 && contains(buffer, (byte) 0x88)) {
                        // A close frame, where nothing else comes: an empty one of ours is answer enough.
                        channel.write(ByteBuffer.wrap(RawWebSocket.frame(0x88, new byte[0])));
                    }
                }
            }
            System.out.println("closed " + closed);
        }
    }

    private static void say(SocketChannel channel, String messages) throws java.io.IOException {
        for (String message : messages.split("\t", -1)) {
            ByteBuffer frame = ByteBuffer.wrap(message.isEmpty() ? new byte[0] : RawWebSocket.text(message));
            // a few hundred bytes on a fresh connection
            while (frame.hasRemaining()) {
                channel.write(frame);
            }
        }
    }

    private static int read(SocketChannel channel, ByteBuffer buffer) {
        try {
            return channel.read(buffer);
        } catch (java.io.IOException _) {
            return -1;
        }
    }

    private static boolean contains(ByteBuffer buffer, byte wanted) {
        for (int i = 0; i < buffer.position(); i++) {
            if (buffer.get(i) == wanted) {
                return true;
            }
        }
        return false;
    }

    private static void start(Selector selector, int number, int port) throws java.io.IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        byte[] address = {127, 0, 1, (byte) (1 + number % 200)};
        channel.bind(new InetSocketAddress(InetAddress.getByAddress(address), 0));
        channel.connect(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
        channel.register(selector, SelectionKey.OP_CONNECT);
    }
}
