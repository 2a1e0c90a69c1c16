// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.transport;

import dev.weir.core.internal.OwnWork;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.Http2AllocationStrategy;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;
import reactor.netty.tcp.TcpClient;
import reactor.netty.transport.ClientTransport;
import reactor.netty.transport.ProxyProvider;

/**
 * Makes HTTP clients that share two small connection pools and do nothing on their own: no retry, no redirect, no
 * decompression, no metrics. Thread-safe.
 *
 * <p>The connections use one event loop of their own, a daemon thread named {@code otlp-net} whose work is all marked
 * ({@link OwnWork}). Reactor Netty's shared loops are not used: a framework may dispose them before the last records
 * are sent, the application may have none, and they also run the work of the application. With loops of the program
 * each connection is marked.
 */
public final class Clients {

    private static final Duration ACQUIRE = Duration.ofSeconds(5);
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration MAX_IDLE = Duration.ofSeconds(45);
    /** A connection is replaced after this time, so that its name is looked up again. */
    private static final Duration MAX_LIFE = Duration.ofMinutes(10);
    /** Longer than a process lives. */
    private static final long FAR_DAYS = 3_650;
    /** How long sent bytes may stay unacknowledged by the peer's kernel. */
    private static final int UNACKNOWLEDGED_MILLIS = 20_000;

    private final ConnectionProvider http1;
    private final ConnectionProvider http2;
    private final HttpClient client1;
    private final HttpClient client2;
    private final LoopResources loops;
    private final boolean ownsLoops;
    private final AddressResolverGroup<InetSocketAddress> resolver;
    private final @Nullable ProxyAddress proxy;

    /**
     * @param timer runs a task later; never blocks
     * @param loops of the connections; null for one loop of their own
     * @param proxy null for none
     */
    public Clients(
            int maxConnections,
            BiFunction<Runnable, Duration, Disposable> timer,
            @Nullable LoopResources loops,
            @Nullable ProxyAddress proxy) {
        this.ownsLoops = loops == null;
        this.loops = loops == null ? ownLoop() : loops;
        this.resolver = resolver(this.loops);
        this.proxy = proxy;
        this.http1 = pool("weir-otlp", timer)
                .maxConnections(maxConnections)
                .pendingAcquireMaxCount(4 * maxConnections)
                .build();
        this.http2 = pool("weir-otlp-h2", timer)
                .allocationStrategy(Http2AllocationStrategy.builder()
                        .minConnections(0)
                        .maxConnections(1)
                        .build())
                .pendingAcquireMaxCount(1024)
                .build();
        this.client1 = create(http1);
        this.client2 = create(http2);
    }

    private static LoopResources ownLoop() {
        LoopResources loops = LoopResources.create("otlp-net", 1, true);
        EventLoop loop = loops.onClient(LoopResources.DEFAULT_NATIVE).next();
        loop.execute(() -> OwnWork.mark(true));
        // Netty wakes a loop that has no timer each second.
        loop.schedule(() -> {}, FAR_DAYS, TimeUnit.DAYS);
        return loops;
    }

    /** Not that of Reactor Netty, which uses the shared loops and is closed with them. */
    private static AddressResolverGroup<InetSocketAddress> resolver(LoopResources loops) {
        EventLoopGroup group = loops.onClient(LoopResources.DEFAULT_NATIVE);
        return new DnsAddressResolverGroup(new DnsNameResolverBuilder().datagramChannelFactory(() -> {
            DatagramChannel channel = loops.onChannel(DatagramChannel.class, group);
            OwnConnection.mark(channel);
            return channel;
        }));
    }

    /** The event loops of the connections. */
    public LoopResources loops() {
        return loops;
    }

    /**
     * Connects, through the proxy if there is one, and closes the connection at once. Fails when nothing listens there.
     */
    public Mono<Void> reach(String host, int port) {
        TcpClient client = TcpClient.create(ConnectionProvider.newConnection())
                .runOn(loops)
                .doOnChannelInit((observer, channel, remote) -> OwnConnection.mark(channel))
                .host(host)
                .port(port);
        return new OwnMono<>(onItsWay(client)
                .connect()
                .doOnNext(connection -> OwnWork.run(connection::dispose))
                .then());
    }

    private static ConnectionProvider.Builder pool(String name, BiFunction<Runnable, Duration, Disposable> timer) {
        return ConnectionProvider.builder(name)
                .pendingAcquireTimeout(ACQUIRE)
                .pendingAcquireTimer((task, delay) -> timer.apply(() -> OwnWork.run(task), delay))
                .maxIdleTime(MAX_IDLE)
                .maxLifeTime(MAX_LIFE);
    }

    /**
     * Without TLS. HTTP/1.1 is what a client has from the start: setting it would make Reactor Netty load the JVM's
     * certificates.
     */
    public HttpClient plain(Versions versions) {
        return versions == Versions.HTTP_2 ? client2.protocol(HttpProtocol.H2C) : client1;
    }

    /** With TLS, the receiver's name verified. */
    public HttpClient secure(Versions versions, TlsMaterial material) {
        if (versions == Versions.HTTP_1) {
            Http11SslContextSpec spec = Http11SslContextSpec.forClient();
            spec.configure(material::configure);
            return secured(versions, SslProvider.builder().sslContext((GenericSslContextSpec<?>) spec));
        }
        Http2SslContextSpec spec = Http2SslContextSpec.forClient();
        spec.configure(material::configure);
        return secured(versions, SslProvider.builder().sslContext((GenericSslContextSpec<?>) spec));
    }

    /** With TLS by a context of the program. */
    public HttpClient secure(Versions versions, SSLContext context) {
        return secured(versions, SslProvider.builder().sslContext(wrap(context, protocols(versions))));
    }

    private HttpClient secured(Versions versions, SslProvider.Builder tls) {
        SslProvider provider = tls.handshakeTimeout(CONNECT).build();
        HttpClient client = versions == Versions.HTTP_1 ? client1 : client2;
        HttpProtocol[] protocols = switch (versions) {
            case HTTP_1 -> new HttpProtocol[] {HttpProtocol.HTTP11};
            case HTTP_1_OR_2 -> new HttpProtocol[] {HttpProtocol.H2, HttpProtocol.HTTP11};
            case HTTP_2 -> new HttpProtocol[] {HttpProtocol.H2};
        };
        return client.protocol(protocols).secure(provider);
    }

    private static ApplicationProtocolConfig protocols(Versions versions) {
        return versions == Versions.HTTP_1
                ? ApplicationProtocolConfig.DISABLED
                : new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1);
    }

    private static JdkSslContext wrap(SSLContext context, ApplicationProtocolConfig protocols) {
        return new JdkSslContext(
                context,
                true,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                protocols,
                ClientAuth.NONE,
                new String[] {"TLSv1.3", "TLSv1.2"},
                false);
    }

    /**
     * Creates one client for each pool: every client that is created from a provider has streams of its own, and the
     * streams of two clients would wait for the one connection of each other.
     */
    private HttpClient create(ConnectionProvider provider) {
        HttpClient client = HttpClient.create(provider)
                .disableRetry(true)
                .followRedirect(false)
                .compress(false)
                .doOnChannelInit((observer, channel, remote) -> OwnConnection.mark(channel))
                .observe(OwnConnection::onStateChange)
                .runOn(loops)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) CONNECT.toMillis());
        if (LoopResources.DEFAULT_NATIVE && ownsLoops && proxy == null) {
            client = withUserTimeout(client);
        }
        return onItsWay(client);
    }

    /** Adds the proxy, which looks up names itself, or the resolver. */
    private <C extends ClientTransport<C, ?>> C onItsWay(C client) {
        ProxyAddress through = proxy;
        return through == null
                ? client.resolver(resolver)
                : client.resolver(NoopAddressResolverGroup.INSTANCE).proxy(spec -> proxied(spec, through));
    }

    private static HttpClient withUserTimeout(HttpClient client) {
        try {
            return OnEpoll.withUserTimeout(client);
        } catch (LinkageError e) {
            return client;
        }
    }

    /** A class of its own, because Netty's epoll classes may be absent. */
    private static final class OnEpoll {

        static HttpClient withUserTimeout(HttpClient client) {
            return Epoll.isAvailable()
                    ? client.option(EpollChannelOption.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MILLIS)
                    : client;
        }
    }

    private static void proxied(ProxyProvider.TypeSpec spec, ProxyAddress proxy) {
        ProxyProvider.Builder builder =
                spec.type(ProxyProvider.Proxy.HTTP).host(proxy.host()).port(proxy.port());
        String user = proxy.user();
        String password = proxy.password();
        if (user != null && password != null) {
            builder.username(user).password(name -> password);
        }
    }

    /** Closes all connections, and ends the loop that was made for them. */
    public void dispose() {
        Mono<Void> connections = Mono.whenDelayError(http1.disposeLater(), http2.disposeLater())
                .onErrorComplete()
                .doOnTerminate(resolver::close);
        Mono<Void> all = ownsLoops ? connections.then(loops.disposeLater(Duration.ZERO, CONNECT)) : connections;
        OwnWork.run(() -> all.subscribe(null, failure -> {}));
    }
}
