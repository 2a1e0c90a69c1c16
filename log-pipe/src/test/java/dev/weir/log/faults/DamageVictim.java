// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.core.TelemetryRuntime;
import dev.weir.log.BatchSpec;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A process that leaves segments, a cursor and a ring with records, and dies. Record {@code n} has the body
 * {@code #0:n#} and some letters.
 */
public final class DamageVictim {

    static final int STORED = 3000;
    static final int IN_RING = 200;
    static final int RING_BYTES = 256 << 10;
    static final int SEGMENT_BYTES = 1 << 20;

    private DamageVictim() {}

    static LogPipe open(Path directory, StoreKind store, TelemetryRuntime runtime) {
        return LogPipe.builder(directory)
                .runtime(runtime)
                .store(store)
                .ringBytes(RING_BYTES)
                .segmentBytes(SEGMENT_BYTES)
                .maxBytes(256 << 20)
                .minFreeBytes(0)
                .build();
    }

    public static void main(String[] arguments) throws Exception {
        LogPipe pipe = open(Path.of(arguments[0]), StoreKind.valueOf(arguments[1]), TelemetryRuntime.create());
        pipe.flush().block();
        for (int n = 0; n < STORED; n++) {
            offer(pipe, n, 900);
            if (n % 50 == 49) {
                pipe.flush().block(Duration.ofSeconds(60));
            }
        }
        AtomicInteger acked = new AtomicInteger();
        pipe.batches(BatchSpec.ofBytes(BatchSpec.MIN_BYTES)).take(1).subscribe(batch -> {
            acked.set(batch.records());
            batch.ack();
        });
        while (acked.get() == 0 || pipe.held() > STORED - acked.get()) {
            Thread.sleep(1);
        }
        // The disk's thread counts a batch as settled first and writes the cursor then.
        pipe.flush().block(Duration.ofSeconds(60));
        for (int n = STORED; n < STORED + IN_RING; n++) {
            offer(pipe, n, 80);
        }
        Runtime.getRuntime().halt(0);
    }

    private static void offer(LogPipe pipe, int n, int length) {
        if (!pipe.offer(Severity.ERROR, "scope" + n % 3, "#0:" + n + "#" + "x".repeat(length + n % 50))) {
            throw new IllegalStateException("record " + n + " was refused");
        }
    }
}
