// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import java.nio.file.Path;
import java.time.Duration;
import reactor.blockhound.BlockHound;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Logs on a thread that must not block, with BlockHound on watch, until the ring has been full. Ends with 0 if nothing
 * blocked.
 */
public final class BlockingMain {

    /** What the line begins with that says how many records are left. */
    static final String QUEUED = "QUEUED ";

    private BlockingMain() {}

    public static void main(String[] arguments) {
        BlockHound.install();
        boolean works = Mono.fromRunnable(() -> java.util.concurrent.locks.LockSupport.parkNanos(1000))
                .subscribeOn(Schedulers.parallel())
                .materialize()
                .map(signal -> signal.hasError())
                .block(Duration.ofSeconds(10));
        if (!works) {
            Runtime.getRuntime().halt(3);
        }
        TelemetryRuntime runtime = TelemetryRuntime.create();
        LogPipe pipe = LogPipe.builder(Path.of(arguments[0]))
                .runtime(runtime)
                .store(StoreKind.FILE)
                .ringBytes(64 << 10)
                .minFreeBytes(0)
                .block(Duration.ofMillis(20))
                .build();
        Long refused = Mono.fromCallable(() -> {
                    long no = 0;
                    for (int i = 0; i < 100_000 || (no == 0 && i < 50_000_000); i++) {
                        Attributes attributes = Attributes.of(AttributeKey.stringKey("k"), "v" + i);
                        if (!pipe.offer(Severity.INFO, "scope" + i % 100, "body " + i, attributes)) {
                            no++;
                        }
                    }
                    return no;
                })
                .subscribeOn(Schedulers.parallel())
                .block(Duration.ofSeconds(60));
        pipe.close();
        LedgerAssert.assertConserved(runtime.ledger());
        System.out.println(QUEUED + runtime.ledger().of(Signal.LOGS).snapshot().queued());
        Runtime.getRuntime().halt(refused != null && refused > 0 ? 0 : 4);
    }
}
