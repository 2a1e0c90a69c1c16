// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.server;

import dev.weir.http.internal.MessageBytes;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Counts the bytes of bodies as they are on the wire: directly behind the codec, before whatever compresses, inflates or cuts into chunks.
 * In the pipeline only where body sizes are wanted; used by its event loop only.
 *
 * <p>Requests are counted before it is known which of them are served at once: each gets a count of its own, which its exchange claims.
 */
final class WireBytes extends ChannelDuplexHandler {

    private static final String NAME = "weir.server.bytes";

    private final ServerHandler handler;
    private final Queue<RequestBytes> unclaimed = new ArrayDeque<>(1);
    private @Nullable RequestBytes reading;
    /** The exchange whose message is on its way to the wire at this moment. */
    private @Nullable ServerExchange writing;

    private WireBytes(ServerHandler handler) {
        this.handler = handler;
    }

    /** Null when the pipeline has no codec that is known. */
    static @Nullable WireBytes addTo(ChannelPipeline pipeline, ServerHandler handler) {
        String codec = codec(pipeline);
        if (codec == null) {
            return null;
        }
        WireBytes bytes = new WireBytes(handler);
        pipeline.addAfter(codec, NAME, bytes);
        return bytes;
    }

    private static @Nullable String codec(ChannelPipeline pipeline) {
        for (String name : new String[] {NettyPipeline.H2ToHttp11Codec, NettyPipeline.H3ToHttp11Codec}) {
            if (pipeline.get(name) != null) {
                return name;
            }
        }
        ChannelHandler codec = pipeline.get(HttpServerCodec.class);
        return codec == null ? null : pipeline.context(codec).name();
    }

    /** The count of the request whose head has come through; the first one's came before this handler. */
    RequestBytes claim() {
        RequestBytes bytes = unclaimed.poll();
        if (bytes == null) {
            bytes = new RequestBytes();
            reading = bytes;
        }
        return bytes;
    }

    /** Sends {@code msg} on; all that comes out here meanwhile is counted for {@code exchange}. */
    void write(ChannelHandlerContext from, ServerExchange exchange, Object msg, ChannelPromise promise) {
        writing = exchange;
        try {
            from.write(msg, promise);
        } finally {
            writing = null;
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof HttpRequest) {
            reading = new RequestBytes();
            unclaimed.add(reading);
        }
        if (reading != null) {
            reading.add(MessageBytes.of(msg));
        }
        ctx.fireChannelRead(msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        ServerExchange exchange = writing != null ? writing : handler.writing();
        if (exchange != null) {
            ResponseProgress progress = exchange.progress();
            if (progress == null || !progress.isBodiless()) {
                exchange.responseBytes(MessageBytes.of(msg));
            }
        }
        ctx.write(msg, promise);
    }
}
