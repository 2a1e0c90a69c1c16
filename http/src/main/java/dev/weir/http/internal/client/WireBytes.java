// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal.client;

import dev.weir.http.internal.MessageBytes;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpClientCodec;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * Counts the bytes of bodies and websocket frames as they are on the wire: directly behind the codec, before handlers
 * that inflate and deflate them. Used by the channel's event loop only.
 */
final class WireBytes extends ChannelDuplexHandler {

    static final String NAME = "reactor.left.weir.wire";

    private static final String[] CODECS = {
        NettyPipeline.H2ToHttp11Codec, NettyPipeline.H3ToHttp11Codec, NettyPipeline.HttpCodec
    };

    private final ClientChannel state;

    private WireBytes(ClientChannel state) {
        this.state = state;
    }

    static void add(ChannelPipeline pipeline, ClientChannel state) {
        String codec = codec(pipeline);
        if (codec == null) {
            pipeline.addBefore(ClientHandler.NAME, NAME, new WireBytes(state));
        } else {
            pipeline.addAfter(codec, NAME, new WireBytes(state));
        }
    }

    private static @Nullable String codec(ChannelPipeline pipeline) {
        for (String name : CODECS) {
            if (pipeline.get(name) != null) {
                return name;
            }
        }
        // Before an upgrade to HTTP/2 it has no name of its own.
        ChannelHandlerContext codec = pipeline.context(HttpClientCodec.class);
        return codec == null ? null : codec.name();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        state.received(MessageBytes.of(msg));
        ctx.fireChannelRead(msg);
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        state.sent(MessageBytes.of(msg));
        ctx.write(msg, promise);
    }
}
