// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the payload of frames next to their codec, before handlers that deflate or inflate them. */
final class WebsocketBytes extends ChannelDuplexHandler {

    private static final String NAME = "weir.websocket.bytes";

    private final Counter counter;

    private WebsocketBytes(Counter counter) {
        this.counter = counter;
    }

    /** Adds the handler; false when the pipeline has no codec of frames. */
    static boolean addTo(ChannelPipeline pipeline, Counter counter) {
        String codec = lastOfCodec(pipeline);
        if (codec == null) {
            return false;
        }
        pipeline.addAfter(codec, NAME, new WebsocketBytes(counter));
        return true;
    }

    private static @Nullable String lastOfCodec(ChannelPipeline pipeline) {
        String last = null;
        for (Map.Entry<String, ChannelHandler> handler : pipeline) {
            if (handler.getValue() instanceof WebSocketFrameDecoder
                    || handler.getValue() instanceof WebSocketFrameEncoder) {
                last = handler.getKey();
            }
        }
        return last;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof WebSocketFrame frame) {
            counter.received(MessageBytes.of(frame));
        }
        ctx.fireChannelRead(msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (msg instanceof WebSocketFrame frame) {
            counter.sent(MessageBytes.of(frame));
        }
        ctx.write(msg, promise);
    }

    /** Gets the counts. */
    interface Counter {

        void received(long bytes);

        void sent(long bytes);
    }
}
