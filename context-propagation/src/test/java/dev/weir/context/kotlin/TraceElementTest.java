// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.kotlin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.Traced;
import dev.weir.context.Traces;
import io.opentelemetry.context.Scope;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import kotlin.coroutines.CoroutineContext;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.ExecutorsKt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TraceElementTest {

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final CoroutineContext dispatcher = ExecutorsKt.from(thread);

    @AfterEach
    void stop() {
        thread.shutdownNow();
    }

    @Test
    void coroutineOnAnotherThread_seesTheTrace_andLeavesTheThreadClean() throws Exception {
        assertThat(runOn(TraceElement.of(Traces.trace(4)))).isEqualTo(4);
        assertThat(thread.submit(Traces::current).get(10, TimeUnit.SECONDS)).isZero();
        assertThat(Traces.current()).isZero();
    }

    @Test
    void current_takesTheCallersTrace_andGivesTheThreadBackItsOwn() throws Exception {
        TraceElement element;
        try (Scope scope = Traces.trace(5).makeCurrent()) {
            element = TraceElement.current();
            assertThat(runOn(element)).isEqualTo(5);
            assertThat(Traces.current()).isEqualTo(5);
        }
        assertThat(runOn(element)).isEqualTo(5);
    }

    @Test
    void ofAReactorContext_takesTheTraceInIt() throws Exception {
        assertThat(runOn(TraceElement.of(Traced.put(reactor.util.context.Context.empty(), Traces.trace(6)))))
                .isEqualTo(6);
    }

    private long runOn(TraceElement element) throws InterruptedException {
        return BuildersKt.runBlocking(dispatcher.plus(element), (scope, continuation) -> Traces.current());
    }
}
