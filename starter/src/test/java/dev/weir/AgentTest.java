// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the javaagent sends is not sent a second time. A class of its name stands for it: it is known by that. */
class AgentTest {

    private static final String LINE = "a line";
    private static final String SERVER = "http.server.request.duration";
    private static final String CLIENT = "http.client.request.duration";

    @TempDir
    Path directory;

    private final ProtoReceiver receiver = new ProtoReceiver();

    @AfterEach
    void end() {
        receiver.close();
    }

    /** What a process beside the agent printed. */
    private String run(String... settings) throws Exception {
        Path source = directory.resolve("AgentInitializer.java");
        Files.writeString(source, "package io.opentelemetry.javaagent.bootstrap; public class AgentInitializer {}");
        Path classes = Files.createDirectories(directory.resolve("agent"));
        assertThat(ToolProvider.getSystemJavaCompiler()
                        .run(null, null, null, "-d", classes.toString(), source.toString()))
                .isZero();
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Xbootclasspath/a:" + classes,
                "-Dweir.log.directory=" + directory.resolve("store")));
        command.addAll(List.of(settings));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), AgentMain.class.getName(), receiver.address()));
        File output = directory.resolve("output.txt").toFile();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        boolean ended = process.waitFor(2, TimeUnit.MINUTES);
        process.destroyForcibly();
        String text = Files.readString(output.toPath());
        assertThat(ended).as(text).isTrue();
        assertThat(receiver.metricsNamed("own.pay")).as(text).isNotEmpty();
        assertThat(text).contains("windows 3");
        return text;
    }

    @Test
    void linesAndDurations_areLeftToTheAgent_andOneLineSaysSo() throws Exception {
        String output = run();

        assertThat(receiver.bodies()).doesNotContain(LINE);
        assertThat(receiver.metricsNamed(SERVER)).isEmpty();
        assertThat(receiver.metricsNamed(CLIENT)).isEmpty();
        assertThat(output).containsOnlyOnce("the javaagent sends the log lines and the durations of HTTP");
    }

    @Test
    void whatTheAgentWasToldToLeaveOut_isSentByWeir() throws Exception {
        String output = run(
                "-Dotel.instrumentation.logback-appender.enabled=false",
                "-Dotel.instrumentation.netty.enabled=false",
                "-Dotel.instrumentation.reactor-netty.enabled=false");

        assertThat(receiver.bodies()).containsOnlyOnce(LINE);
        assertThat(receiver.metricsNamed(SERVER)).isNotEmpty();
        assertThat(receiver.metricsNamed(CLIENT)).isNotEmpty();
        assertThat(output).doesNotContain("the javaagent sends");
    }

    @Test
    void whereAllItsInstrumentationsAreOff_weirSendsAllButWhatIsSwitchedOn() throws Exception {
        run("-Dotel.instrumentation.common.default-enabled=false", "-Dotel.instrumentation.reactor-netty.enabled=true");

        assertThat(receiver.bodies()).containsOnlyOnce(LINE);
        assertThat(receiver.metricsNamed(SERVER)).isNotEmpty();
        assertThat(receiver.metricsNamed(CLIENT)).isEmpty();
    }

    @Test
    void agentThatIsSwitchedOff_isNotThere() throws Exception {
        String output = run("-Dotel.javaagent.enabled=false");

        assertThat(receiver.bodies()).containsOnlyOnce(LINE);
        assertThat(receiver.metricsNamed(SERVER)).isNotEmpty();
        assertThat(output).doesNotContain("javaagent");
    }

    @Test
    void lines_areCapturedBesideTheAgent_whenSomebodySaysSo() throws Exception {
        run("-Dweir.logs.capture=true");

        assertThat(receiver.bodies()).containsOnlyOnce(LINE);
    }
}
