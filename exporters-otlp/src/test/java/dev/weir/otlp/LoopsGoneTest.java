// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.HttpResources;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** A framework disposes what Reactor Netty shares before the export is closed, as Spring's does when its context stops. */
class LoopsGoneTest extends ExportTestBase {

    private final LoopResources loops = LoopResources.create("receiver", 1, true);
    private final GrpcReceiver grpc = new GrpcReceiver();
    /** Kept, as java.util.logging forgets a logger that nobody holds. */
    private final Logger netty = Logger.getLogger("io.netty");

    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                errors.add(record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    enum Way {
        HTTP_1,
        H2C,
        GRPC
    }

    @BeforeEach
    void listen() {
        netty.addHandler(handler);
    }

    @AfterEach
    void end() {
        netty.removeHandler(handler);
        grpc.close();
        if (export != null) {
            export.close(Duration.ZERO);
        }
        receiver.close();
        loops.disposeLater(Duration.ZERO, LONG).block(LONG);
    }

    private void start(Way way) {
        receiver.close();
        receiver = new Receiver(HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(loops)
                .protocol(way == Way.H2C ? HttpProtocol.H2C : HttpProtocol.HTTP11));
        // Only what leaves during the close is in its report.
        use(OtlpExport.builder()
                .endpoint(way == Way.GRPC ? grpc.url() : receiver.url())
                .linger(Duration.ofMinutes(1))
                .runtime(runtime(Map.of("weir.otlp.http.version", way == Way.H2C ? "http2" : "http1")))
                .protocol(way == Way.GRPC ? OtlpProtocol.GRPC : OtlpProtocol.HTTP_PROTOBUF));
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void lastRecords_leaveThoughTheSharedLoopsAreGone(Way way) {
        start(way);
        spans(5);
        assertThat(export.flush(LONG).block(LONG)).isTrue();

        HttpResources.disposeLoopsAndConnections();
        spans(5);
        CloseReport report = export.close(Duration.ofMinutes(5));

        assertThat(report).isEqualTo(new CloseReport(5, 0, 0));
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(10);
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void export_startedAfterTheyAreGone_delivers(Way way) {
        HttpResources.disposeLoopsAndConnectionsLater(Duration.ZERO, LONG).block(LONG);
        start(way);

        spans(5);

        assertThat(export.flush(LONG).block(LONG)).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(5);
    }

    @Test
    void export_makesNoSharedLoops_andLeavesNoThreadBehind() {
        HttpResources.disposeLoopsAndConnectionsLater(Duration.ZERO, LONG).block(LONG);
        List<Thread> before = shared();
        await().atMost(LONG).until(() -> named("otlp-net").isEmpty());
        start(Way.HTTP_1);

        assertThat(export.reach(Signal.TRACES, LONG).thenReturn("answers").block(LONG))
                .isEqualTo("answers");
        spans(5);
        assertThat(export.flush(LONG).block(LONG)).isTrue();

        assertThat(before).containsAll(shared());
        assertThat(threadsOfItsOwn()).extracting(Thread::getName).containsExactlyInAnyOrder("weir-worker", "weir-io");
        assertThat(named("otlp-net")).hasSize(1).allMatch(Thread::isDaemon);
        assertThat(threadsOfItsOwn()).allMatch(Thread::isDaemon);

        export.close(LONG);
        await().atMost(LONG).until(() -> named("otlp-net").isEmpty());
    }

    private static List<Thread> shared() {
        return Stream.concat(named("reactor-http").stream(), named("reactor-tcp").stream())
                .toList();
    }

    private static List<Thread> named(String prefix) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(prefix))
                .toList();
    }

    @Test
    void exportThatIsRefused_leavesNoThreadBehind() {
        await().atMost(LONG).until(() -> named("otlp-net").isEmpty());

        assertThatThrownBy(
                        () -> OtlpExport.builder().durability(Durability.ALWAYS).build())
                .isInstanceOf(IllegalStateException.class);

        assertThat(named("otlp-net")).isEmpty();
    }

    @Test
    void reach_whereNobodyListens_fails() {
        start(Way.HTTP_1);
        String url = receiver.url();
        receiver.close();

        assertThat(export.reach(Signal.TRACES, LONG)
                        .thenReturn("answers")
                        .onErrorResume(
                                failure -> reactor.core.publisher.Mono.just(String.valueOf(failure.getMessage())))
                        .block(LONG))
                .contains("refused")
                .contains(url.substring(url.lastIndexOf(':')));
    }
}
