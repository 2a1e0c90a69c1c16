// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.weir.core.Signal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real Collector that is ended, refuses and is hard to reach. It and toxiproxy are started here on free ports; the folder
 * of their programs is {@code TESTBED_BIN}, by default that of the test bed. Part of the profile {@code receivers}.
 */
@Timeout(150)
class CollectorIT extends ExportTestBase {

    private static final Pattern NAME = Pattern.compile("\"name\":\"(span-\\d+)\"");

    @TempDir
    Path directory;

    private final List<Process> processes = new ArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final int grpcPort = freePort();
    private final int httpPort = freePort();

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Path program(String name) {
        String folder = System.getenv("TESTBED_BIN");
        return (folder == null ? Path.of(System.getProperty("user.home"), ".cache", "testbed", "bin") : Path.of(folder))
                .resolve(name);
    }

    @BeforeEach
    void requirePrograms() {
        assumeTrue(Files.isExecutable(program("otelcol-testbed")), "the Collector of the test bed is not built");
    }

    @AfterEach
    void endProcesses() {
        if (export != null) {
            export.close(Duration.ofSeconds(2));
        }
        processes.forEach(Process::destroyForcibly);
    }

    private Process start(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(program(name).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve(name + ".log").toFile()))
                .start();
        processes.add(process);
        return process;
    }

    private static void awaitPort(int port) {
        await().atMost(LONG).until(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    private Process collector(String processors) throws IOException {
        Path config = directory.resolve("config.yaml");
        Files.writeString(config, """
                receivers:
                  otlp:
                    protocols:
                      grpc: {endpoint: 127.0.0.1:%d}
                      http: {endpoint: 127.0.0.1:%d}
                processors:
                  memory_limiter: {check_interval: 100ms, limit_mib: 1}
                exporters:
                  file: {path: %s, append: true, flush_interval: 100ms}
                service:
                  telemetry: {metrics: {level: none}}
                  pipelines:
                    traces: {receivers: [otlp], processors: [%s], exporters: [file]}
                """.formatted(grpcPort, httpPort, directory.resolve("traces.jsonl"), processors));
        Process process = start("otelcol-testbed", "--config", config.toString());
        awaitPort(grpcPort);
        awaitPort(httpPort);
        return process;
    }

    private OtlpExportBuilder to(OtlpProtocol protocol, int port, Map<String, String> settings) {
        return to(protocol, port, settings, Duration.ofMillis(20));
    }

    private OtlpExportBuilder to(OtlpProtocol protocol, int port, Map<String, String> settings, Duration linger) {
        return OtlpExport.builder()
                .runtime(runtime(settings))
                .endpoint("http://127.0.0.1:" + port)
                .protocol(protocol)
                .timeout(LONG)
                .linger(linger);
    }

    private int port(OtlpProtocol protocol) {
        return protocol == OtlpProtocol.GRPC ? grpcPort : httpPort;
    }

    /** How often the Collector wrote each span. */
    private Map<String, Integer> written() throws IOException {
        Map<String, Integer> names = new TreeMap<>();
        Path file = directory.resolve("traces.jsonl");
        if (Files.exists(file)) {
            Matcher matcher = NAME.matcher(Files.readString(file));
            while (matcher.find()) {
                names.merge(matcher.group(1), 1, Integer::sum);
            }
        }
        return names;
    }

    private void assertAllWritten(int count, int mayBeRepeated) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> account(Signal.TRACES).delivered() == count);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        await().atMost(LONG).until(() -> written().size() == count);
        await().untilAsserted(() -> assertThat(
                        written().values().stream().mapToInt(n -> n - 1).sum())
                .as("spans written more than once")
                .isLessThanOrEqualTo(mayBeRepeated));
        assertConserved();
    }

    @ParameterizedTest
    @EnumSource(
            value = OtlpProtocol.class,
            names = {"HTTP_PROTOBUF", "GRPC"})
    void endedAndStartedAgainUnderLoad_nothingIsLost(OtlpProtocol protocol) throws Exception {
        Process first = collectorUnderLoad(protocol);
        // What it had answered it writes before it ends.
        first.destroy();
        assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
        load(2_000);
        collector("");
        load(2_000);

        assertAllWritten(6_000, 4 * 300);
    }

    /** It got, or gets, 2,000 spans in small requests. */
    private Process collectorUnderLoad(OtlpProtocol protocol) throws IOException {
        Process process = collector("");
        use(to(protocol, port(protocol), Map.of("weir.otlp.concurrency.max", "4", "weir.otlp.batch.bytes", "16k")));
        load(2_000);
        return process;
    }

    /** More spans, not faster than the export takes them in. */
    private void load(int count) {
        for (int made = 0; made < count; made += 100) {
            long produced = account(Signal.TRACES).produced() + 100;
            spans(100);
            await().until(() -> account(Signal.TRACES).produced() == produced
                    && export.status().of(Signal.TRACES).queueRecords() < 20_000);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = OtlpProtocol.class,
            names = {"HTTP_PROTOBUF", "GRPC"})
    void killedUnderLoad_whatItHadNotAnsweredIsSentAgain(OtlpProtocol protocol) throws Exception {
        Process first = collectorUnderLoad(protocol);
        await().until(() -> account(Signal.TRACES).delivered() > 0);
        spans(2_000);
        first.destroyForcibly();
        assertThat(first.waitFor(20, TimeUnit.SECONDS)).isTrue();
        spans(100);
        await().atMost(LONG).until(() -> {
            ExportStatus.SignalStatus status = export.status().of(Signal.TRACES);
            return !status.lastFailure().isEmpty() && status.inFlight() == 0;
        });
        // It took these over and had not written them: nobody but the Collector could keep them.
        long lostByTheCollector = account(Signal.TRACES).delivered() - written().size();
        collector("");
        load(1_900);

        await().atMost(Duration.ofSeconds(60))
                .until(() -> account(Signal.TRACES).delivered() == 6_000);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(6_000L - written().size()).isLessThanOrEqualTo(Math.max(0, lostByTheCollector)));
        assertConserved();
    }

    @ParameterizedTest
    @EnumSource(
            value = OtlpProtocol.class,
            names = {"HTTP_PROTOBUF", "GRPC"})
    void memoryLimiterThatRefuses_isWaitedOut(OtlpProtocol protocol) throws Exception {
        Process limited = collector("memory_limiter");
        use(to(protocol, port(protocol), Map.of()));
        spans(500);
        await().atMost(LONG).until(() -> export.status().of(Signal.TRACES).failedRequests() > 1);
        awaitFailure("memory");
        assertThat(account(Signal.TRACES).queued()).isEqualTo(500);

        limited.destroy();
        assertThat(limited.waitFor(20, TimeUnit.SECONDS)).isTrue();
        collector("");

        assertAllWritten(500, 0);
    }

    @Test
    void messagesBeyondFourMebibytes_areCut() throws Exception {
        collector("");
        use(to(
                OtlpProtocol.GRPC,
                grpcPort,
                Map.of("weir.otlp.batch.bytes", "4m", "weir.otlp.request.max.bytes", "16m"),
                Duration.ofSeconds(2)));
        var tracer = tracer();
        String text = "x".repeat(4_000);
        for (int i = 0; i < 1_500; i++) {
            tracer.spanBuilder("span-" + i)
                    .setAttribute("text", text)
                    .startSpan()
                    .end();
        }

        assertAllWritten(1_500, 0);
        assertThat(export.status().of(Signal.TRACES).failedRequests()).isPositive();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP_PROTOBUF | latency | {\"latency\":50,\"jitter\":20}",
                "GRPC | latency | {\"latency\":50,\"jitter\":20}",
                "GRPC | bandwidth | {\"rate\":500}",
                "HTTP_PROTOBUF | limit_data | {\"bytes\":20000}",
                "GRPC | limit_data | {\"bytes\":200000}",
                "GRPC | slicer | {\"average_size\":64,\"size_variation\":32,\"delay\":10}"
            })
    void badNetwork_losesNothing(OtlpProtocol protocol, String toxic, String attributes) throws Exception {
        assumeTrue(Files.isExecutable(program("toxiproxy-server")), "toxiproxy of the test bed is not built");
        collector("");
        int api = freePort();
        int proxied = freePort();
        start("toxiproxy-server", "-port", Integer.toString(api));
        awaitPort(api);
        post(
                api,
                "/proxies",
                "{\"name\":\"otlp\",\"listen\":\"127.0.0.1:%d\",\"upstream\":\"127.0.0.1:%d\"}"
                        .formatted(proxied, port(protocol)));
        post(
                api,
                "/proxies/otlp/toxics",
                "{\"type\":\"%s\",\"stream\":\"upstream\",\"attributes\":%s}".formatted(toxic, attributes));
        use(to(protocol, proxied, Map.of("weir.otlp.batch.bytes", "8k", "weir.otlp.concurrency.max", "4")));

        for (int round = 0; round < 10; round++) {
            spans(200);
        }

        // A connection that is cut in the middle may have brought a request whose answer was lost.
        assertAllWritten(2_000, toxic.equals("limit_data") ? 2_000 : 0);
    }

    private void post(int port, String path, String json) throws Exception {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
    }
}
