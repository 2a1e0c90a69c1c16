// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Process number 1 of its container: stores one record, says how long that took once the store was open, and stays. */
public final class ContainerMain {

    private ContainerMain() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        LogPipe pipe = LogPipe.builder(directory)
                .store(StoreKind.CHRONICLE)
                .segmentBytes(1 << 20)
                .maxBytes(64 << 20)
                .minFreeBytes(0)
                .build();
        pipe.flush().block(Duration.ofSeconds(60));
        long begin = System.nanoTime();
        pipe.offerMono(Severity.INFO, "scope", "first", Attributes.empty()).block(Duration.ofSeconds(60));
        long millis = (System.nanoTime() - begin) / 1_000_000;
        Files.writeString(
                directory.resolve(arguments[1]),
                ProcessHandle.current().pid() + " " + millis + " "
                        + pipe.store().kind() + " " + pipe.held());
        // Keeps appending so that it dies with the queue's lock in use.
        while (true) {
            pipe.offer(Severity.INFO, "scope", "more");
        }
    }
}
