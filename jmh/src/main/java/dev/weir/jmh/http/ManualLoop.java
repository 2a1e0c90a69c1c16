// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * One event loop for all servers and clients, run by the thread that made it, on Netty's transport inside the JVM. No other thread takes
 * part, so nothing is woken. Hosts are names only: the port alone says which server is meant.
 */
final class ManualLoop implements LoopResources {

    private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());

    /** Where a server listens. */
    static LocalAddress address(int port) {
        return new LocalAddress("port-" + port);
    }

    /** Subscribes and runs the loop until the end, and until nothing is left to do. */
    <T> T await(Publisher<T> publisher) {
        Last<T> last = new Last<>();
        publisher.subscribe(last);
        while (loop.runNow() > 0 || !last.ended) {
            Thread.onSpinWait();
        }
        if (last.failure != null) {
            throw new IllegalStateException(last.failure);
        }
        return last.value;
    }

    @Override
    public EventLoopGroup onServer(boolean useNative) {
        return loop;
    }

    @Override
    public <C extends Channel> C onChannel(Class<C> type, EventLoopGroup group) {
        Channel channel = type == ServerSocketChannel.class ? new LocalServerChannel() : new LocalChannel();
        @SuppressWarnings("unchecked")
        C made = (C) channel;
        return made;
    }

    /** Nothing to wait for: the loop goes with its thread. */
    @Override
    public Mono<Void> disposeLater() {
        return Mono.empty();
    }

    /** Finds the server that listens on the port. */
    static final class Ports extends AddressResolverGroup<SocketAddress> {

        @Override
        protected AddressResolver<SocketAddress> newResolver(EventExecutor executor) {
            return new AbstractAddressResolver<>(executor, SocketAddress.class) {

                @Override
                protected boolean doIsResolved(SocketAddress address) {
                    return address instanceof LocalAddress;
                }

                @Override
                protected void doResolve(SocketAddress name, Promise<SocketAddress> found) {
                    found.setSuccess(address(((InetSocketAddress) name).getPort()));
                }

                @Override
                protected void doResolveAll(SocketAddress name, Promise<List<SocketAddress>> found) {
                    found.setSuccess(List.of(address(((InetSocketAddress) name).getPort())));
                }
            };
        }
    }

    private static final class Last<T> implements CoreSubscriber<T> {

        private T value;
        private Throwable failure;
        private boolean ended;

        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(T next) {
            value = next;
        }

        @Override
        public void onError(Throwable error) {
            failure = error;
            ended = true;
        }

        @Override
        public void onComplete() {
            ended = true;
        }
    }
}
