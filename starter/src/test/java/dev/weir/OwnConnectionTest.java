// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.core.HealthContribution;
import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.internal.OwnWork;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.PrematureCloseException;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;
import reactor.netty.tcp.TcpServer;

/**
 * The receiver is broken, and Reactor Netty says so of each attempt: that must not become a record, which would be exported,
 * which would fail. The same lines about a connection of the application are records.
 */
@Timeout(90)
class OwnConnectionTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    /** Few: the pauses between attempts in vain grow to half a minute. */
    private static final int ATTEMPTS = 2;

    private static final String CLIENT = "reactor.netty.http.client.HttpClientConnect";
    private static final String CONNECTOR = "reactor.netty.transport.TransportConnector";

    @TempDir
    Path directory;

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    private final Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Level before = root.getLevel();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<Channel> channels = new CopyOnWriteArrayList<>();
    private final AtomicInteger attempts = new AtomicInteger();
    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> console = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event);
        }
    };
    private DisposableServer server;
    private Weir weir;

    /** How a receiver breaks a connection that asked it something. */
    enum Broken {
        CLOSES {
            @Override
            void answer(Connection connection) {
                connection.channel().close();
            }
        },
        RESETS {
            @Override
            void answer(Connection connection) {
                connection.channel().config().setOption(io.netty.channel.ChannelOption.SO_LINGER, 0);
                connection.channel().close();
            }
        },
        SPEAKS_NONSENSE {
            @Override
            void answer(Connection connection) {
                connection
                        .outbound()
                        .sendString(Mono.just("nonsense \r\n\r\n"))
                        .then()
                        .subscribe(null, failure -> {}, connection::dispose);
            }
        },
        BREAKS_OFF {
            @Override
            void answer(Connection connection) {
                connection
                        .outbound()
                        .sendString(Mono.just("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"))
                        .then()
                        .subscribe(null, failure -> {}, connection::dispose);
            }
        };

        abstract void answer(Connection connection);
    }

    static Stream<Arguments> ways() {
        return Stream.of(Broken.values())
                .flatMap(how -> Stream.of("http", "https").map(scheme -> Arguments.of(how, scheme, "http/protobuf")))
                .flatMap(one -> Stream.of(one, Arguments.of(one.get()[0], one.get()[1], "grpc")));
    }

    @AfterEach
    void close() {
        if (weir != null) {
            weir.close(Duration.ZERO);
        }
        root.detachAppender(console);
        root.setLevel(before);
        context.getLogger(CONNECTOR).setLevel(null);
        if (server != null) {
            server.disposeNow();
        }
    }

    private void start(String url, String protocol) {
        root.setLevel(Level.INFO);
        console.setContext(context);
        console.start();
        root.addAppender(console);
        weir = Weir.builder()
                .serviceName("own")
                .set("weir.log.directory", directory.toString())
                .set("weir.log.store", "memory")
                .set("weir.banner", "false")
                .set("otel.metrics.exporter", "none")
                .set("otel.exporter.otlp.protocol", protocol)
                .endpoint(url)
                .tap(this::tapped)
                .start();
    }

    private LedgerSnapshot logs() {
        return weir.ledger().of(Signal.LOGS).snapshot();
    }

    private long linesOf(String logger, String words) {
        return lines.stream()
                .filter(line -> line.getLoggerName().equals(logger)
                        && line.getFormattedMessage().contains(words))
                .count();
    }

    private void tapped(Signal signal, int records, ByteBuffer body) {
        if (signal != Signal.LOGS) {
            return;
        }
        try {
            ExportLogsServiceRequest.parseFrom(ByteString.copyFrom(body))
                    .getResourceLogsList()
                    .forEach(resource -> resource.getScopeLogsList()
                            .forEach(scope -> scope.getLogRecordsList()
                                    .forEach(record ->
                                            bodies.add(scope.getScope().getName() + ": "
                                                    + record.getBody().getStringValue()))));
        } catch (InvalidProtocolBufferException e) {
            bodies.add(e.toString());
        }
    }

    private void serve(Broken how) {
        server = TcpServer.create()
                .host("127.0.0.1")
                .port(0)
                .doOnConnection(connection -> {
                    attempts.incrementAndGet();
                    connection.inbound().receive().take(1).subscribe(part -> how.answer(connection));
                })
                .bindNow();
    }

    /** Until the export has tried a few times in vain. */
    private void spansUntil(Callable<Boolean> state) {
        await().atMost(LONG).until(() -> {
            weir.openTelemetry()
                    .getTracer("test")
                    .spanBuilder("work")
                    .startSpan()
                    .end();
            return state.call();
        });
    }

    @ParameterizedTest
    @MethodSource("ways")
    void linesAboutTheExportsConnection_areNoRecords(Broken how, String scheme, String protocol) {
        serve(how);
        start(scheme + "://127.0.0.1:" + server.port(), protocol);

        spansUntil(() -> attempts.get() > ATTEMPTS);

        assertThat(logs().produced()).as("records of %s", lines).isZero();
        assertThat(logs().droppedTotal()).as("what is left out is no loss").isZero();
        if (scheme.equals("http") && protocol.startsWith("http") && how != Broken.BREAKS_OFF) {
            assertThat(linesOf(CLIENT, "observed an error"))
                    .as("the application's own appender")
                    .isPositive();
        }
    }

    /** How the export speaks to a receiver that works. */
    enum Way {
        HTTP_1("http", "http/protobuf", HttpProtocol.HTTP11),
        H2C("http", "http/protobuf", HttpProtocol.H2C),
        GRPC("http", "grpc", HttpProtocol.H2C),
        HTTPS("https", "http/protobuf", HttpProtocol.HTTP11),
        H2("https", "http/protobuf", HttpProtocol.H2),
        GRPC_TLS("https", "grpc", HttpProtocol.H2);

        final String scheme;
        final String protocol;
        final HttpProtocol http;

        Way(String scheme, String protocol, HttpProtocol http) {
            this.scheme = scheme;
            this.protocol = protocol;
            this.http = http;
        }
    }

    /** Marked, as it is in this JVM only for the test: what it logs is not in question. */
    private LoopResources markedLoops() {
        LoopResources loops = LoopResources.create("receiver", 1, 1, true);
        for (EventLoopGroup group : List.of(loops.onServer(false), loops.onServerSelect(false))) {
            group.forEach(loop -> loop.submit(() -> OwnWork.mark(true)).syncUninterruptibly());
        }
        return loops;
    }

    private DisposableServer receiver(Way way, int port, LoopResources loops) throws Exception {
        HttpServer receiver = HttpServer.create()
                .host("127.0.0.1")
                .port(port)
                .runOn(loops, false)
                .protocol(way.http)
                .doOnChannelInit((observer, channel, remote) -> channels.add(channel));
        if (way.scheme.equals("https")) {
            KeyManagerFactory keys = keys();
            receiver = receiver.secure(spec -> spec.sslContext(
                    way.http == HttpProtocol.H2
                            ? (GenericSslContextSpec<?>) Http2SslContextSpec.forServer(keys)
                            : Http11SslContextSpec.forServer(keys)));
        }
        return receiver.handle((request, response) -> request.receive().then(Mono.defer(() -> {
                    attempts.incrementAndGet();
                    return way.protocol.equals("grpc")
                            ? response.header("content-type", "application/grpc")
                                    .header("grpc-status", "0")
                                    .send()
                            : response.status(200).send();
                })))
                .bindNow();
    }

    /** A key of the JDK's own tool, whose certificate is put where the export finds it. */
    private KeyManagerFactory keys() throws Exception {
        Path file = directory.resolve("receiver.p12");
        char[] password = "receiver".toCharArray();
        if (!Files.exists(file)) {
            String command = Path.of(System.getProperty("java.home"), "bin", "keytool") + " -genkeypair -alias receiver"
                    + " -keyalg EC -dname CN=localhost -ext san=dns:localhost -ext bc:c -validity 2"
                    + " -storetype PKCS12 -storepass receiver -keystore " + file;
            assertThat(new ProcessBuilder(command.split(" ")).start().waitFor()).isZero();
        }
        KeyStore store = KeyStore.getInstance(file.toFile(), password);
        Files.writeString(
                certificate(),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(store.getCertificate("receiver").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, password);
        return keys;
    }

    private Path certificate() {
        return directory.resolve("receiver.pem");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void silentApplication_atTrace_staysSilent(Way way) throws Exception {
        LoopResources loops = markedLoops();
        try {
            server = receiver(way, 0, loops);
            int port = server.port();
            startAtTrace(way, port);

            spansUntil(() -> attempts.get() > ATTEMPTS);
            assertSilent();

            OwnWork.run(() -> {
                server.disposeNow();
                channels.forEach(Channel::close);
            });
            spansUntil(() -> weir.health().status() == HealthContribution.Status.DEGRADED);
            assertSilent();

            int answered = attempts.get();
            boolean unmarked = OwnWork.mark(true);
            server = receiver(way, port, loops);
            OwnWork.mark(unmarked);
            spansUntil(() -> attempts.get() > answered);
            assertSilent();

            weir.close(LONG);
            assertSilent();
            assertThat(logs().droppedTotal()).isZero();
        } finally {
            loops.disposeLater(Duration.ZERO, LONG).block(LONG);
        }
    }

    private void startAtTrace(Way way, int port) {
        root.setLevel(Level.TRACE);
        console.setContext(context);
        console.start();
        root.addAppender(console);
        WeirBuilder builder = Weir.builder()
                .serviceName("own")
                .set("weir.log.directory", directory.toString())
                .set("weir.log.store", "memory")
                .set("otel.metric.export.interval", "100")
                .set("weir.otlp.http.version", way.http == HttpProtocol.HTTP11 ? "http1" : "http2")
                .set("otel.exporter.otlp.protocol", way.protocol)
                .endpoint(way.scheme + "://localhost:" + port)
                .tap(this::tapped);
        if (way.scheme.equals("https")) {
            builder.set("otel.exporter.otlp.certificate", certificate().toString());
        }
        weir = builder.start();
        assertThat(weir.isEnabled()).isTrue();
    }

    private void assertSilent() {
        weir.flush(Duration.ofSeconds(2));
        assertThat(bodies).isEmpty();
        assertThat(logs().produced()).isZero();
    }

    @Test
    void linesAboutAConnectionOfTheApplication_toTheSameReceiver_areRecords() {
        serve(Broken.CLOSES);
        start("http://127.0.0.1:" + server.port(), "http/protobuf");
        HttpClient theirs = HttpClient.create().disableRetry(true).baseUrl("http://127.0.0.1:" + server.port());

        spansUntil(() -> linesOf(CLIENT, "observed an error") > ATTEMPTS);
        for (int i = 0; i < ATTEMPTS; i++) {
            assertThatThrownBy(() -> theirs.get().uri("/").response().block(LONG))
                    .hasRootCauseInstanceOf(PrematureCloseException.class);
        }
        long told = linesOf(CLIENT, "observed an error");
        spansUntil(() -> linesOf(CLIENT, "observed an error") > told);

        assertThat(logs().produced()).as("records of %s", lines).isEqualTo(ATTEMPTS);
    }

    @Test
    void attemptsThatAreRefused_areNoRecordsAtAnyLevel() {
        serve(Broken.CLOSES);
        int port = server.port();
        server.disposeNow();
        context.getLogger(CONNECTOR).setLevel(Level.DEBUG);
        start("http://127.0.0.1:" + port, "http/protobuf");
        String failed = "Connect attempt to";

        spansUntil(() -> linesOf(CONNECTOR, failed) > ATTEMPTS);
        assertThatThrownBy(() -> HttpClient.create()
                        .get()
                        .uri("http://127.0.0.1:" + port)
                        .response()
                        .block(LONG))
                .hasMessageContaining("refused");

        await().atMost(LONG).untilAsserted(() -> assertThat(bodies).anyMatch(body -> body.contains(failed)));
        long told = linesOf(CONNECTOR, failed);
        spansUntil(() -> linesOf(CONNECTOR, failed) > told);
        assertThat(bodies).filteredOn(body -> body.contains(failed)).hasSize(1);
    }
}
