// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.CloseReport;
import dev.weir.core.Signal;
import dev.weir.otlp.internal.pipeline.ExportFlush;
import io.opentelemetry.sdk.common.CompletableResultCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Does what the providers of the SDK ask of an export: each flushes and shuts down its own signal. Thread-safe. */
final class SdkCalls {

    /** The longest time of a flush. */
    private static final Duration FLUSH = Duration.ofSeconds(10);

    private final ExportFlush flush;
    private final Supplier<CompletableFuture<CloseReport>> close;
    /** Signals that the SDK has not shut down yet, after which the export closes by itself; null when it does not. */
    private final @Nullable Set<Signal> closeAfter;

    /**
     * @param close begins the close of the export
     * @param closeAfter the export closes when the SDK has shut down all of these; null when it does not
     */
    SdkCalls(ExportFlush flush, Supplier<CompletableFuture<CloseReport>> close, @Nullable Set<Signal> closeAfter) {
        this.flush = flush;
        this.close = close;
        this.closeAfter = closeAfter == null ? null : EnumSet.copyOf(closeAfter);
    }

    CompletableResultCode flush() {
        CompletableResultCode result = new CompletableResultCode();
        boolean begun = flush.begin(FLUSH, success -> end(result, success));
        return begun ? result : result.fail();
    }

    /** Closes the export after the last signal of {@link #closeAfter}; until then it only flushes. */
    CompletableResultCode shutDown(Signal signal) {
        Set<Signal> left = closeAfter;
        if (left == null) {
            return flush();
        }
        synchronized (left) {
            if (!left.remove(signal) || !left.isEmpty()) {
                return flush();
            }
        }
        CompletableResultCode result = new CompletableResultCode();
        close.get().thenAccept(report -> end(result, report.lost() == 0));
        return result;
    }

    private static void end(CompletableResultCode result, boolean success) {
        if (success) {
            result.succeed();
        } else {
            result.fail();
        }
    }
}
