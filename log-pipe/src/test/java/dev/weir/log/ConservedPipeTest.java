// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.LedgerSnapshot;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.LedgerAssert;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a test did to its pipe: afterwards {@code produced = delivered + queued + dropped{reason}}, while the pipe is open and
 * once it is closed, and a restart finds as many records as were queued.
 */
public abstract class ConservedPipeTest {

    /** Of the pipe; there is no other in it. */
    @TempDir
    protected Path directory;

    protected TelemetryRuntime runtime = TelemetryRuntime.create();

    private @Nullable LogPipe open;
    private UnaryOperator<LogPipeBuilder> how = UnaryOperator.identity();

    /** Opens the pipe in {@link #directory}; once the former is closed, another. */
    protected LogPipe open(UnaryOperator<LogPipeBuilder> how) {
        this.how = how;
        LogPipe pipe = how.apply(LogPipe.builder(directory).runtime(runtime).minFreeBytes(0))
                .build();
        open = pipe;
        return pipe;
    }

    /** As {@link #open(UnaryOperator)}, of one kind of store. */
    protected LogPipe open(StoreKind kind) {
        return open(builder -> builder.store(kind));
    }

    /** Takes and acknowledges all that the pipe gives. */
    protected Received receive() {
        return Received.from(pipe(), runtime.ledger().of(Signal.LOGS));
    }

    private LogPipe pipe() {
        if (open == null) {
            throw new IllegalStateException("no pipe was opened");
        }
        return open;
    }

    /** Closes the pipe and begins a new account, as a new process does. */
    protected void restart() {
        pipe().close();
        runtime.close();
        runtime = TelemetryRuntime.create();
    }

    @AfterEach
    void nothingIsMissing() {
        try {
            if (open != null) {
                open.flush().block();
                await().untilAsserted(() -> {
                    LedgerAssert.assertConserved(runtime.ledger());
                    assertThat(open.stats().dropped())
                            .as("two accounts of one loss")
                            .isEqualTo(account().droppedTotal());
                });
                open.close();
                LedgerAssert.assertConserved(runtime.ledger());
                findsAgain(account());
            }
        } finally {
            runtime.close();
        }
    }

    private LedgerSnapshot account() {
        return runtime.ledger().of(Signal.LOGS).snapshot();
    }

    private void findsAgain(LedgerSnapshot before) {
        if (pipe().store().kind() == StoreKind.MEMORY) {
            return;
        }
        try (TelemetryRuntime next = TelemetryRuntime.create();
                LogPipe again = how.apply(
                                LogPipe.builder(directory).runtime(next).minFreeBytes(0))
                        .build()) {
            again.flush().block();
            assertThat(again.held()).as("what a restart finds").isEqualTo(before.queued());
        }
    }
}
