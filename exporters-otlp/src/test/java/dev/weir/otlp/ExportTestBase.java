// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.Ticker;
import dev.weir.core.testing.LedgerAssert;
import dev.weir.core.testing.ManualTicker;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What the tests of the export share: one receiver, one export, spans with numbered names; and what must hold after each of
 * them, whatever the fault was: the account is conserved, no payload is left in memory, the threads are gone, people were
 * told in a few lines, and no buffer leaked.
 */
@ExtendWith(NoLeaks.class)
@Timeout(90)
abstract class ExportTestBase {

    static final Duration LONG = Duration.ofSeconds(30);

    /** More lines than this for one test would be a flood. */
    private static final int MANY_LINES = 12;

    /** Those of an export that an earlier class of tests left running. */
    private final Set<Thread> threadsBefore = threads();

    final LogLines log = new LogLines();
    Receiver receiver = new Receiver();
    OtlpExport export;
    private int spans;

    OtlpExportBuilder builder() {
        return builder(receiver.url());
    }

    static OtlpExportBuilder builder(String endpoint) {
        return OtlpExport.builder().endpoint(endpoint).linger(Duration.ofMillis(20));
    }

    OtlpExportBuilder builder(Duration linger) {
        return OtlpExport.builder().endpoint(receiver.url()).linger(linger);
    }

    private static final List<TelemetryRuntime> RUNTIMES = new CopyOnWriteArrayList<>();

    /** A runtime with settings, closed after the test. */
    static TelemetryRuntime runtime(Map<String, String> settings) {
        return runtime(settings, Ticker.system());
    }

    static TelemetryRuntime runtime(Map<String, String> settings, Ticker ticker) {
        Settings.Builder builder = Settings.builder();
        settings.forEach(builder::set);
        TelemetryRuntime runtime = TelemetryRuntime.create(builder.build(), ticker);
        RUNTIMES.add(runtime);
        return runtime;
    }

    /** Lets the time of {@code ticker} pass until {@code state} is true. */
    static void moveUntil(ManualTicker ticker, Callable<Boolean> state) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(10)).until(() -> {
            ticker.advance(Duration.ofMillis(500));
            return state.call();
        });
    }

    void use(OtlpExportBuilder builder) {
        export = builder.build();
    }

    @AfterEach
    void closeAll() {
        if (export != null) {
            export.close(Duration.ofSeconds(2));
        }
        RUNTIMES.forEach(TelemetryRuntime::close);
        RUNTIMES.clear();
        receiver.close();
        log.close();
        if (export != null) {
            assertConserved();
            for (Signal signal : Signal.values()) {
                assertThat(export.status().of(signal).memoryBytes())
                        .as("%s in memory", signal)
                        .isZero();
            }
        }
        assertThat(log.lines()).hasSizeLessThan(MANY_LINES);
        await().atMost(LONG).until(() -> threadsOfItsOwn().isEmpty());
    }

    /** Threads of Weir that were not there before the test. */
    Set<Thread> threadsOfItsOwn() {
        Set<Thread> now = threads();
        now.removeAll(threadsBefore);
        return now;
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("weir-"))
                .collect(Collectors.toSet());
    }

    Tracer tracer() {
        return SdkTracerProvider.builder()
                .addSpanProcessor(export.spanProcessor())
                .build()
                .get("test");
    }

    void spans(int count) {
        Tracer tracer = tracer();
        for (int i = 0; i < count; i++) {
            tracer.spanBuilder("span-" + spans++)
                    .setAttribute("i", i)
                    .startSpan()
                    .end();
        }
    }

    void errorSpan(String name) {
        tracer().spanBuilder(name).startSpan().setStatus(StatusCode.ERROR).end();
    }

    static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "span-" + i).toList();
    }

    LedgerSnapshot account(Signal signal) {
        return export.ledger().of(signal).snapshot();
    }

    /** Each attempt may fail in its own way; sooner or later one fails like this. */
    void awaitFailure(String words) {
        await().atMost(LONG)
                .until(() -> export.status().of(Signal.TRACES).lastFailure().contains(words));
    }

    void assertConserved() {
        await().untilAsserted(() -> LedgerAssert.assertConserved(export.ledger()));
    }
}
