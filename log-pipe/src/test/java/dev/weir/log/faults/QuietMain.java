// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.LogPipe;
import io.opentelemetry.api.logs.Severity;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Uses a pipe as an application would and writes down its store, its threads and its sockets. */
public final class QuietMain {

    private QuietMain() {}

    public static void main(String[] arguments) throws Exception {
        LogPipe pipe = LogPipe.builder(Path.of(arguments[0])).minFreeBytes(0).build();
        for (int i = 0; i < 1000; i++) {
            pipe.offer(Severity.INFO, "scope", "record " + i);
        }
        pipe.flush().block(Duration.ofSeconds(60));
        TreeSet<String> threads = new TreeSet<>();
        Thread.getAllStackTraces().keySet().forEach(thread -> threads.add(thread.getName()));
        Set<String> network = new HashSet<>();
        for (String table : new String[] {"tcp", "tcp6", "udp", "udp6"}) {
            Path file = Path.of("/proc/self/net", table);
            for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
                String[] columns = line.trim().split("\\s+");
                network.add(columns.length > 9 ? "socket:[" + columns[9] + "]" : "");
            }
        }
        int sockets = 0;
        File[] descriptors = new File("/proc/self/fd").listFiles();
        for (File descriptor : descriptors == null ? new File[0] : descriptors) {
            try {
                // The JDK itself keeps one local socket; what is in no table of the network cannot phone.
                if (network.contains(Files.readSymbolicLink(descriptor.toPath()).toString())) {
                    sockets++;
                }
            } catch (java.io.IOException closedMeanwhile) {
                continue;
            }
        }
        Files.writeString(
                Path.of(arguments[1]), pipe.store().kind() + "\n" + sockets + "\n" + String.join("\n", threads) + "\n");
        pipe.close();
    }
}
