// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.core.Settings;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.log.BatchSpec;
import dev.weir.log.LogPipe;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Uses a pipe in the first minute of a process: it logs a record, or takes what an earlier run left, or does nothing. */
public final class FirstRecordMain {

    private FirstRecordMain() {}

    /** The directory; {@code log}, or {@code take} and the number of records to come; {@code later}: after a minute. */
    public static void main(String[] arguments) throws Exception {
        AtomicLong skipped = new AtomicLong();
        TelemetryRuntime runtime = TelemetryRuntime.create(Settings.load(), new Ticker() {
            @Override
            public long nanoTime() {
                return System.nanoTime() + skipped.get();
            }

            @Override
            public long epochNanos() {
                return Ticker.system().epochNanos() + skipped.get();
            }
        });
        LogPipe pipe = LogPipe.builder(Path.of(arguments[0]))
                .runtime(runtime)
                .minFreeBytes(0)
                .build();
        if (arguments[1].equals("log")) {
            pipe.offer(Severity.INFO, "scope", "record");
        } else {
            take(pipe, Integer.parseInt(arguments[2]));
        }
        rounds(runtime.threads().io());
        if (arguments[arguments.length - 1].equals("later")) {
            skipped.set(Duration.ofMinutes(1).toNanos());
            rounds(runtime.threads().io());
        }
        System.out.println("store " + pipe.store().kind());
        pipe.close();
        runtime.close();
    }

    private static void take(LogPipe pipe, int wanted) {
        int[] taken = new int[1];
        while (taken[0] < wanted) {
            pipe.batches(BatchSpec.DEFAULT)
                    .take(1)
                    .doOnNext(batch -> {
                        taken[0] += batch.records();
                        batch.ack();
                    })
                    .blockLast(Duration.ofSeconds(60));
        }
        System.out.println("taken " + taken[0]);
    }

    /** The disk's thread does all of its work at least twice meanwhile. */
    private static void rounds(TelemetryLoop io) throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            CountDownLatch round = new CountDownLatch(1);
            io.execute(round::countDown);
            round.await();
        }
    }
}
