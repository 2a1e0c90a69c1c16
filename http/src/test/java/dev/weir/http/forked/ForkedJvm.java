// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.forked;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a class of the test class path in a JVM with other arguments. */
final class ForkedJvm {

    private static final String AGENT = "opentelemetry-javaagent";

    private ForkedJvm() {}

    /** What it printed, on both streams. */
    static String run(Class<?> main, String... jvmArguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+EnableDynamicAgentLoading"));
        command.addAll(List.of(jvmArguments));
        command.addAll(List.of("-cp", classPath(false), main.getName()));
        File output = File.createTempFile("forked", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
            boolean ended = process.waitFor(3, TimeUnit.MINUTES);
            process.destroyForcibly();
            String text = Files.readString(output.toPath(), StandardCharsets.UTF_8);
            assertThat(ended).as(text).isTrue();
            return text;
        } finally {
            Files.deleteIfExists(output.toPath());
        }
    }

    /** The jar of the OpenTelemetry javaagent, which is a dependency of the tests and on no class path of code. */
    static String agentJar() {
        return classPath(true);
    }

    private static String classPath(boolean agent) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.contains(AGENT) == agent)
                .reduce((a, b) -> a + File.pathSeparator + b)
                .orElseThrow();
    }
}
