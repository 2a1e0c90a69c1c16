// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.weir.core.Signal;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;

/** A receiver that listens on a Unix socket. */
class UnixSocketTest extends ExportTestBase {

    @TempDir
    Path directory;

    private Path socket;

    @BeforeEach
    void needsNativeTransport() {
        assumeThat(Epoll.isAvailable())
                .as("Netty's native transport is not on this machine: %s", Epoll.unavailabilityCause())
                .isTrue();
        socket = directory.resolve("otlp.sock");
    }

    private void serve(HttpServer server) {
        receiver.close();
        receiver = new Receiver(server.bindAddress(() -> new DomainSocketAddress(socket.toFile())));
    }

    private OtlpExportBuilder toSocket() {
        return OtlpExport.builder().endpoint("unix://" + socket).linger(Duration.ofMillis(20));
    }

    @Test
    void http_goesThroughTheSocket() {
        serve(HttpServer.create());
        use(toSocket());

        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(names(100));
        assertThat(receiver.accepted.get(0).path()).isEqualTo("/v1/traces");
        assertThat(export.status().of(Signal.TRACES).addresses()).isEqualTo("unix://" + socket);
        assertConserved();
    }

    @Test
    void grpc_goesThroughTheSocket() {
        serve(HttpServer.create().protocol(HttpProtocol.H2C));
        receiver.answerAlways((taken, response) -> {
            receiver.accepted.add(taken);
            return response.header("content-type", "application/grpc")
                    .header("grpc-status", "0")
                    .send();
        });
        use(toSocket().protocol(OtlpProtocol.GRPC));

        spans(100);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(account(Signal.TRACES).delivered()).isEqualTo(100);
        assertThat(receiver.accepted.get(0).path())
                .isEqualTo("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
        assertConserved();
    }

    @Test
    void nobodyThere_waitsWithoutLoss() {
        use(toSocket());

        spans(3);

        assertThat(export.flush(Duration.ofMillis(300)).block()).isFalse();
        assertThat(account(Signal.TRACES).queued()).isEqualTo(3);
        assertConserved();
    }
}
