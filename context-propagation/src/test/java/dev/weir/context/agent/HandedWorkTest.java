// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Work handed to the JDK, which an agent has woven: a JVM of its own, because the JDK stays woven. */
class HandedWorkTest {

    @Test
    void everyPublicMethodThatTakesCode_runsItUnderTheTraceOfTheOneWhoHandsItOver() throws Exception {
        String text = run(HandedWorkMain.class);

        assertThat(text.lines().filter(line -> line.startsWith("- "))).as(text).isEmpty();
        assertThat(text).contains("agent (weir slot) called ");
        String called = text.substring(text.lastIndexOf(' ') + 1).trim();
        assertThat(Integer.parseInt(called)).as(text).isGreaterThan(300);
    }

    @Test
    void tasksThatOthersRecognise_andPoolsThatGrowInARequest_stayRight() throws Exception {
        assertThat(run(HandedIdentityMain.class).lines()).last().isEqualTo("right");
    }

    private static String run(Class<?> main) throws Exception {
        File output = File.createTempFile("handed", ".txt");
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+EnableDynamicAgentLoading",
                            "-cp",
                            System.getProperty("java.class.path"),
                            main.getName())
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
            boolean ended = process.waitFor(3, TimeUnit.MINUTES);
            process.destroyForcibly();
            String text = Files.readString(output.toPath());
            assertThat(ended).as(text).isTrue();
            return text;
        } finally {
            Files.deleteIfExists(output.toPath());
        }
    }
}
