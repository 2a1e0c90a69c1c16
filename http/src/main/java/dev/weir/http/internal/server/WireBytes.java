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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Counts the bytes of bodies as they are on the wire: directly behind the codec, before handlers that compress, inflate
 * or cut into chunks. In the pipeline only when body sizes are counted; used by its event loop only.
 *
 * <p>Requests are counted before it is known which of them have an exchange: each has its own count, which its exchange
 * claims.
 */
final class WireBytes extends ChannelDuplexHandler {

    private static final String NAME = "weir.server.bytes";

    private final Supplier<@Nullable ServerExchange> responding;
    private final Queue<RequestBytes> unclaimed = new ArrayDeque<>(1);
    private @Nullable RequestBytes reading;
    /** The exchange whose message is being written; null outside of a write. */
    private @Nullable ServerExchange writing;

    private WireBytes(Supplier<@Nullable ServerExchange> responding) {
        this.responding = responding;
    }

    /**
     * Adds the handler behind the codec.
     *
     * @param responding the exchange of the bytes that are written now
     * @return null when the pipeline has no known codec
     */
    static @Nullable WireBytes addTo(ChannelPipeline pipeline, Supplier<@Nullable ServerExchange> responding) {
        String codec = codec(pipeline);
        if (codec == null) {
            return null;
        }
        WireBytes bytes = new WireBytes(responding);
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

    /** The count of the request whose head was read; the first head was read before this handler was added. */
    RequestBytes claim() {
        RequestBytes bytes = unclaimed.poll();
        if (bytes == null) {
            bytes = new RequestBytes();
            reading = bytes;
        }
        return bytes;
    }

    /** Passes {@code msg} on; all bytes that arrive here during the call are counted for {@code exchange}. */
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
        ServerExchange exchange = writing != null ? writing : responding.get();
        if (exchange != null) {
            ResponseProgress progress = exchange.progress();
            if (progress == null || !progress.isBodiless()) {
                exchange.responseBytes(MessageBytes.of(msg));
            }
        }
        ctx.write(msg, promise);
    }
}
