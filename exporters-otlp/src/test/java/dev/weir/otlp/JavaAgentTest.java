// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The export beside the OpenTelemetry javaagent, which traces clients of Reactor Netty, in a JVM of their own. */
@Timeout(200)
class JavaAgentTest {

    private static final String AGENT = "opentelemetry-javaagent";

    @TempDir
    Path directory;

    private final Receiver receiver = new Receiver();

    @BeforeEach
    void agentIsThere() {
        assumeTrue(!classPath(true).isEmpty(), "the jar of the OpenTelemetry javaagent is not on the class path");
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private static String classPath(boolean agent) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains(AGENT) == agent)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private List<String> run(List<String> properties, String... arguments) throws Exception {
        Path output = directory.resolve("output");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-javaagent:" + classPath(true)));
        command.addAll(List.of("-Dotel.metrics.exporter=none", "-Dotel.logs.exporter=none"));
        command.addAll(properties);
        command.addAll(List.of("-cp", classPath(false), JavaAgentMain.class.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(180, TimeUnit.SECONDS);
        process.destroyForcibly();
        String text = Files.readString(output);
        assertThat(ended).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text.lines().toList();
    }

    private static List<String> numbered(String prefix) {
        return IntStream.range(0, JavaAgentMain.RECORDS)
                .mapToObj(i -> prefix + i)
                .toList();
    }

    @Test
    void ofTheExportsOwnTraffic_thereIsNoSpan_andAllIsDeliveredOnce() throws Exception {
        try (GrpcReceiver grpc = new GrpcReceiver()) {
            List<String> lines = run(List.of("-Dotel.traces.exporter=console"), "export", receiver.url(), grpc.url());

            assertThat(lines)
                    .filteredOn(line -> line.contains("LoggingSpanExporter"))
                    .satisfies(spans -> assertThat(spans)
                            .as("%s", lines)
                            .hasSize(3)
                            .anyMatch(line -> line.contains("'http-around'"))
                            .anyMatch(line -> line.contains("'grpc-around'"))
                            .anyMatch(line -> line.contains(" CLIENT ")));
            for (String name : List.of("http", "grpc")) {
                for (String signal : List.of("traces", "logs")) {
                    assertThat(lines)
                            .contains(name + ' ' + signal + ": accepted " + JavaAgentMain.RECORDS + ", delivered "
                                    + JavaAgentMain.RECORDS + ", dropped 0");
                }
                assertThat(lines).anyMatch(line -> line.startsWith(name + " metrics: ") && line.endsWith("dropped 0"));
            }
            assertThat(receiver.names("traces")).containsExactlyInAnyOrderElementsOf(numbered("http-"));
            assertThat(receiver.names("logs")).containsExactlyInAnyOrderElementsOf(numbered("http-line-"));
            assertThat(receiver.names("v1/metrics")).contains("http-count");
            assertThat(grpc.names("traces")).containsExactlyInAnyOrderElementsOf(numbered("grpc-"));
            assertThat(grpc.names("logs")).containsExactlyInAnyOrderElementsOf(numbered("grpc-line-"));
            assertThat(grpc.names("metrics")).contains("grpc-count");
        }
    }

    @Test
    void takeover_isOfTheApplicationsSdk_andTheAgentsStaysAsItIs() throws Exception {
        run(
                List.of(
                        "-Dotel.exporter.otlp.endpoint=" + receiver.url(),
                        "-Dotel.exporter.otlp.protocol=http/protobuf"),
                "takeover",
                receiver.url());

        assertThat(names(true)).containsExactlyInAnyOrderElementsOf(numbered("own-"));
        assertThat(names(false))
                .filteredOn(name -> !name.startsWith("agent-"))
                .singleElement()
                .asString()
                .startsWith("GET");
        assertThat(names(false))
                .filteredOn(name -> name.startsWith("agent-"))
                .containsExactlyInAnyOrderElementsOf(numbered("agent-"));
    }

    /** Spans that came from this library, or from the agent. */
    private List<String> names(boolean own) {
        synchronized (receiver.accepted) {
            return receiver.accepted.stream()
                    .filter(taken -> taken.path().endsWith("traces"))
                    .filter(taken -> taken.headers().containsKey("x-weir-seq") == own)
                    .flatMap(taken -> taken.names().stream())
                    .toList();
        }
    }
}
