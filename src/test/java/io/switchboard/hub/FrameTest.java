package io.switchboard.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrameTest {
    @ParameterizedTest
    @CsvSource({"0,2", "1,2", "125,2", "126,4", "127,4", "255,4", "256,4", "65535,4", "65536,10", "16777217,10"})
    void shouldBeReadAsOneTextMessage(int length, int header) {
        byte[] text = new byte[length];
        new Random(length).ints(length, ' ', '~').forEach(new IntConsumer() {
            private int at;

            @Override
            public void accept(int c) {
                text[at++] = (byte) c;
            }
        });
        Frame frame = Frame.text(text);
        assertThat(frame.size()).isEqualTo(header + length);

        ByteBuf buffer = Unpooled.buffer(frame.size());
        frame.writeTo(buffer);
        assertThat(buffer.readableBytes()).isEqualTo(frame.size());
        EmbeddedChannel client = new EmbeddedChannel(new WebSocket13FrameDecoder(false, false, Integer.MAX_VALUE));
        client.writeInbound(buffer);
        TextWebSocketFrame read = client.readInbound();
        assertThat(read.isFinalFragment()).isTrue();
        byte[] content = new byte[read.content().readableBytes()];
        read.content().readBytes(content);
        assertThat(content).isEqualTo(text);
        read.release();
        assertThat(client.finishAndReleaseAll()).isFalse();
    }

    @Test
    void shouldCountBytesNotCharacters() {
        assertThat(Frame.text("ü€😀").size()).isEqualTo(2 + "ü€😀".getBytes(StandardCharsets.UTF_8).length);
    }
}
