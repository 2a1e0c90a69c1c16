// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.names;

import dev.weir.otlp.internal.transport.OwnConnection;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import reactor.netty.resources.LoopResources;

/** Queries the name servers of this machine on one of the event loops of the export. Thread-safe. */
public final class NettyNameResolver implements NameResolver {

    /** Answers are cached no longer, whatever their time to live is. */
    private static final int MAX_TTL_SECONDS = 30;

    private final DnsNameResolver resolver;

    public NettyNameResolver(LoopResources loops) {
        EventLoopGroup group = loops.onClient(LoopResources.DEFAULT_NATIVE);
        EventLoop loop = group.next();
        resolver = new DnsNameResolverBuilder(loop)
                .datagramChannelFactory(() -> {
                    DatagramChannel channel = loops.onChannel(DatagramChannel.class, group);
                    OwnConnection.mark(channel);
                    return channel;
                })
                .ttl(0, MAX_TTL_SECONDS)
                .build();
    }

    @Override
    public void resolve(String host, BiConsumer<@Nullable List<InetAddress>, @Nullable Throwable> whenDone) {
        resolver.resolveAll(host).addListener((Future<List<InetAddress>> found) -> {
            if (found.isSuccess()) {
                whenDone.accept(found.getNow(), null);
            } else {
                whenDone.accept(null, found.cause());
            }
        });
    }

    @Override
    public void close() {
        resolver.close();
    }
}
