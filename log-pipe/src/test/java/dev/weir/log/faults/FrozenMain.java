// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.log.LogPipe;
import dev.weir.log.Patience;
import dev.weir.log.Received;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Logs while the disk of its pipe is frozen. It says {@code open} when the disk may be frozen and reads a line when it
 * is; says {@code offered}, how many were accepted, refused and counted as refused, when all callers have returned;
 * reads a line when the disk works again, and ends with 0 when exactly what was accepted has come and the account is
 * conserved.
 */
public final class FrozenMain {

    static final int CALLERS = 4;
    static final int OFFERS_OF_A_CALLER = 20_000;
    static final int RING_BYTES = 1 << 20;
    static final int BODY_BYTES = 200;

    private FrozenMain() {}

    /** Directory of the pipe, directory of the ring, store. */
    public static void main(String[] arguments) throws Exception {
        BufferedReader told = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (TelemetryRuntime runtime = TelemetryRuntime.create()) {
            LogPipe pipe = LogPipe.builder(Path.of(arguments[0]))
                    .runtime(runtime)
                    .ringDirectory(Path.of(arguments[1]))
                    .store(StoreKind.valueOf(arguments[2]))
                    .ringBytes(RING_BYTES)
                    .segmentBytes(1 << 20)
                    .maxBytes(16 << 20)
                    .minFreeBytes(0)
                    .build();
            pipe.flush().block(Patience.LIMIT);
            pipe.offer(Severity.ERROR, "scope", "before");
            pipe.flush().block(Patience.LIMIT);
            say("open", told);

            int accepted = offer(pipe);
            int refused = CALLERS * OFFERS_OF_A_CALLER - accepted;
            // As any application's: it stops each thread that runs Java code.
            System.gc();
            say("offered " + accepted + " " + refused + " " + pipe.stats().dropped(), told);

            int came = takeAll(pipe, runtime);
            System.out.println("came " + came);
            Runtime.getRuntime().halt(came == accepted + 1 ? 0 : 3);
        }
    }

    private static void say(String what, BufferedReader told) throws IOException {
        System.out.println(what);
        if (told.readLine() == null) {
            Runtime.getRuntime().halt(2);
        }
    }

    private static int offer(LogPipe pipe) throws InterruptedException {
        AtomicInteger accepted = new AtomicInteger();
        List<Thread> callers = IntStream.range(0, CALLERS)
                .mapToObj(caller -> new Thread(() -> offer(pipe, caller, accepted)))
                .toList();
        callers.forEach(Thread::start);
        for (Thread caller : callers) {
            caller.join();
        }
        return accepted.get();
    }

    private static void offer(LogPipe pipe, int caller, AtomicInteger accepted) {
        for (int n = 0; n < OFFERS_OF_A_CALLER; n++) {
            if (pipe.offer(Severity.ERROR, "scope", caller + ":" + n + "x".repeat(BODY_BYTES))) {
                accepted.incrementAndGet();
            }
        }
    }

    /** @return how many different records came, once the account is conserved and nothing is left */
    private static int takeAll(LogPipe pipe, TelemetryRuntime runtime) {
        Received received = Received.from(pipe, runtime.ledger().of(Signal.LOGS));
        pipe.flush().block(Patience.LIMIT);
        Patience.await().until(() -> pipe.held() == 0);
        pipe.close(Patience.LIMIT);
        LedgerAssert.assertConserved(runtime.ledger());
        return (int) received.lines.stream().map(Received.Line::body).distinct().count();
    }
}
