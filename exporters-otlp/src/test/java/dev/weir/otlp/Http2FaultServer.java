// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2SettingsFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;

/** A gRPC server that misbehaves frame by frame: each call is answered by the next script, then by {@link #OK}. */
final class Http2FaultServer implements AutoCloseable {

    /** What to do when a call has arrived whole. */
    interface Script {
        void answer(Call call);
    }

    /** One call and what can be written about it. */
    record Call(ChannelHandlerContext context, Http2FrameCodec codec, Http2FrameStream stream) {

        void headers(boolean last, String... pairs) {
            Http2Headers headers = new DefaultHttp2Headers(false);
            for (int i = 0; i < pairs.length; i += 2) {
                headers.add(pairs[i], pairs[i + 1]);
            }
            context.writeAndFlush(new DefaultHttp2HeadersFrame(headers, last).stream(stream));
        }

        void data(String text, boolean last) {
            ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
            context.writeAndFlush(new DefaultHttp2DataFrame(bytes, last).stream(stream));
        }

        void reset(Http2Error error) {
            context.writeAndFlush(new DefaultHttp2ResetFrame(error).stream(stream));
        }

        /** Written as it is, since the codec would not say that a call it has read was not taken. */
        void goAway(int lastStream, Http2Error error, String text) {
            codec.encoder()
                    .frameWriter()
                    .writeGoAway(
                            codecContext(),
                            lastStream,
                            error.code(),
                            Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII),
                            context.newPromise());
            codecContext().flush();
        }

        void settings(Http2Settings settings) {
            context.writeAndFlush(new DefaultHttp2SettingsFrame(settings));
        }

        void disconnect() {
            context.close();
        }

        private ChannelHandlerContext codecContext() {
            return context.pipeline().context(codec);
        }
    }

    static final Script OK =
            call -> call.headers(true, ":status", "200", "content-type", "application/grpc", "grpc-status", "0");

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();
    private final Queue<Script> scripts = new ConcurrentLinkedQueue<>();
    private volatile boolean reading = true;
    private final DisposableServer server;

    Http2FaultServer() {
        this(Http2Settings.defaultSettings());
    }

    Http2FaultServer(Http2Settings settings) {
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .doOnChannelInit((observer, channel, address) -> {
                    Http2FrameCodec codec = Http2FrameCodecBuilder.forServer()
                            .initialSettings(settings)
                            .build();
                    channel.pipeline().addFirst(codec, new Handler(codec));
                })
                .bindNow();
    }

    Http2FaultServer next(Script... more) {
        scripts.addAll(java.util.List.of(more));
        return this;
    }

    /** Gives no room in the windows any more: what fits in 64 KiB arrives, the rest waits. */
    Http2FaultServer stall() {
        reading = false;
        return this;
    }

    Http2FaultServer flow() {
        reading = true;
        return this;
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
    }

    private final class Handler extends ChannelInboundHandlerAdapter {

        private final Http2FrameCodec codec;

        Handler(Http2FrameCodec codec) {
            this.codec = codec;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            connections.incrementAndGet();
            context.fireChannelActive();
            // Reactor Netty reads on demand only, and nobody asks it here.
            context.channel().config().setAutoRead(true);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            try {
                if (message instanceof Http2HeadersFrame headers && headers.isEndStream()) {
                    arrived(context, headers.stream());
                } else if (message instanceof Http2DataFrame data) {
                    if (reading) {
                        context.writeAndFlush(new DefaultHttp2WindowUpdateFrame(data.initialFlowControlledBytes())
                                .stream(data.stream()));
                    }
                    if (data.isEndStream()) {
                        arrived(context, data.stream());
                    }
                }
            } finally {
                ReferenceCountUtil.release(message);
            }
        }

        private void arrived(ChannelHandlerContext context, Http2FrameStream stream) {
            calls.incrementAndGet();
            Script script = scripts.poll();
            (script == null ? OK : script).answer(new Call(context, codec, stream));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
