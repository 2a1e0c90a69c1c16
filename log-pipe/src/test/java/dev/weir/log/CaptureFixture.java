// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A pipe in memory that a logging framework logs into, and what came out of it. */
public abstract class CaptureFixture extends ConservedPipeTest {

    protected static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    protected static final String SPAN = "b7ad6b7169203331";
    protected static final Span CURRENT =
            Span.wrap(SpanContext.create(TRACE, SPAN, TraceFlags.getSampled(), TraceState.getDefault()));

    protected LogPipe pipe;
    protected Received received;
    protected Registration capture;

    /** Makes the framework's context ready and connects it with {@link #pipe}. */
    protected abstract Registration install();

    /** Ends the framework's context. */
    protected abstract void uninstall();

    @BeforeEach
    final void start() {
        pipe = open(StoreKind.MEMORY);
        received = receive();
        capture = install();
    }

    @AfterEach
    final void stop() {
        capture.close();
        uninstall();
    }

    /** The one record that the application logged. */
    protected final Received.Line only() {
        Patience.await().until(() -> pipe.held() == 0 && !received.lines.isEmpty());
        assertThat(received.lines).hasSize(1);
        return received.lines.get(0);
    }

    /** Lines of one logger, in their order. */
    protected final void assertCaptured(String... bodies) {
        awaitLines(bodies.length);
        assertThat(received.lines).extracting(Received.Line::body).containsExactly(bodies);
    }

    /** Lines of several loggers, of which a batch may have one after the other. */
    protected final void assertCapturedInAnyOrder(String... bodies) {
        awaitLines(bodies.length);
        assertThat(received.lines).extracting(Received.Line::body).containsExactlyInAnyOrder(bodies);
    }

    private void awaitLines(int atLeast) {
        Patience.await().until(() -> pipe.held() == 0 && received.lines.size() >= atLeast);
    }

    /** Of a line "outer" of which a part logged "inner" when it was read. */
    protected final void assertInnerAndThenOuterAreCaptured() {
        Patience.await()
                .until(() -> pipe.held() == 0
                        && received.lines.stream().anyMatch(line -> line.body().startsWith("outer")));
        assertThat(received.lines).extracting(Received.Line::body).contains("inner");
        assertThat(received.lines.get(received.lines.size() - 1).body()).startsWith("outer");
        assertThat(pipe.stats().dropped()).isZero();
    }
}
