// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.blocking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.otlp.OtlpProtocol;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** BlockHound rewrites the JDK, so it gets a JVM of its own. */
class BlockHoundTest {

    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(
            value = OtlpProtocol.class,
            names = {"HTTP_PROTOBUF", "GRPC"})
    void nothingOnAnEventLoopBlocks(OtlpProtocol protocol) throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:+AllowRedefinitionToAddDeleteMethods",
                        "-XX:+EnableDynamicAgentLoading",
                        "-cp",
                        System.getProperty("java.class.path"),
                        BlockingMain.class.getName(),
                        protocol.name())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();

        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(output)).isZero();
    }
}
