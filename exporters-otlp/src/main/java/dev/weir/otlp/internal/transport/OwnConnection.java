// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.OwnWork;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.NettyPipeline;
import reactor.netty.http.client.HttpClientState;

/**
 * Marks what runs in the pipeline of an export's connection as {@link OwnWork}, so that lines that are logged there are
 * not exported as records of the application. Is at both ends of the pipeline: first, for events of the network and the
 * transport, and before Reactor Netty's bridge, for events that handlers begin (timers of TLS) and for writes from
 * tasks.
 *
 * <p>The end of an attempt to connect does not pass the pipeline, so its promise is completed with the mark, too.
 *
 * <p>Stateless; one for all connections.
 */
@ChannelHandler.Sharable
public final class OwnConnection extends ChannelDuplexHandler {

    private static final String FIRST = "weir.own.first";
    private static final String LAST = "weir.own.last";
    private static final OwnConnection INSTANCE = new OwnConnection();

    private OwnConnection() {}

    /** Puts the marks into the pipeline as it is now, once. */
    public static void mark(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(FIRST) != null) {
            return;
        }
        pipeline.addFirst(FIRST, INSTANCE);
        if (pipeline.get(NettyPipeline.ReactiveBridge) != null) {
            pipeline.addBefore(NettyPipeline.ReactiveBridge, LAST, INSTANCE);
        }
    }

    /** Marks the streams of HTTP/2, for which no channel hook is called. */
    static void onStateChange(Connection connection, ConnectionObserver.State state) {
        if (state == HttpClientState.STREAM_CONFIGURED) {
            mark(connection.channel());
        }
    }

    @Override
    public void channelRegistered(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelRegistered);
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelUnregistered);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelActive);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelInactive);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        OwnWork.run(() -> context.fireChannelRead(message));
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelReadComplete);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        OwnWork.run(() -> context.fireUserEventTriggered(event));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        OwnWork.run(context::fireChannelWritabilityChanged);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        OwnWork.run(() -> context.fireExceptionCaught(cause));
    }

    @Override
    public void connect(
            ChannelHandlerContext context, SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        ChannelPromise marked = context.newPromise();
        marked.addListener(connected -> OwnWork.run(() -> hand(connected, promise)));
        promise.addListener(connected -> {
            if (connected.isCancelled()) {
                marked.cancel(false);
            }
        });
        OwnWork.run(() -> context.connect(remote, local, marked));
    }

    private static void hand(Future<?> connected, ChannelPromise to) {
        Throwable cause = connected.cause();
        if (cause == null) {
            to.trySuccess();
        } else {
            to.tryFailure(cause);
        }
    }

    @Override
    public void disconnect(ChannelHandlerContext context, ChannelPromise promise) {
        OwnWork.run(() -> context.disconnect(promise));
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        OwnWork.run(() -> context.close(promise));
    }

    @Override
    public void deregister(ChannelHandlerContext context, ChannelPromise promise) {
        OwnWork.run(() -> context.deregister(promise));
    }

    @Override
    public void read(ChannelHandlerContext context) {
        OwnWork.run(context::read);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        OwnWork.run(() -> context.write(message, promise));
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        OwnWork.run(context::flush);
    }
}
