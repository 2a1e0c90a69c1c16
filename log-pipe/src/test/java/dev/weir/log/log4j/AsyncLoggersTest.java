// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import dev.weir.core.internal.HexIds;
import dev.weir.core.internal.OwnWork;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.async.AsyncLoggerContext;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;

/**
 * All loggers asynchronous, over the Disruptor: appenders run on its thread, where no span of the application is
 * current.
 */
class AsyncLoggersTest extends CaptureFixture {

    private static final int THREADS = 4;
    private static final int RECORDS = 500;

    private final AsyncLoggerContext context = new AsyncLoggerContext("async");
    private final Map<String, Boolean> appendedOn = new ConcurrentHashMap<>();

    @Override
    protected Registration install() {
        context.start();
        AbstractAppender threads = new AbstractAppender("threads", null, null, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                appendedOn.put(Thread.currentThread().getName(), true);
            }
        };
        threads.start();
        context.getConfiguration()
                .getRootLogger()
                .getAppenders()
                .keySet()
                .forEach(name -> context.getConfiguration().getRootLogger().removeAppender(name));
        context.getConfiguration().getRootLogger().setLevel(Level.TRACE);
        context.getConfiguration().getRootLogger().addAppender(threads, null, null);
        context.updateLoggers();
        return Log4jCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void whatWasLoggedWhileTheThreadWorkedForWeir_isLeftOut() {
        Logger logger = context.getLogger("reactor.netty");
        OwnWork.run(() -> logger.warn("Weir's connection"));
        logger.warn("the application's");

        assertThat(only().body()).isEqualTo("the application's");
    }

    @Test
    void ids_areThoseOfTheEventsCreation() throws Exception {
        Logger logger = context.getLogger("app");
        List<Thread> callers = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            int thread = t;
            Thread caller = new Thread(() -> {
                for (int i = 0; i < RECORDS; i++) {
                    long id = thread * 1000L + i + 1;
                    Span span = Span.wrap(SpanContext.create(
                            HexIds.traceId(7, id),
                            HexIds.spanId(id),
                            i % 2 == 0 ? TraceFlags.getSampled() : TraceFlags.getDefault(),
                            TraceState.getDefault()));
                    try (Scope scope = span.makeCurrent()) {
                        logger.info("record {}", id);
                    }
                    logger.info("none");
                }
            });
            callers.add(caller);
            caller.start();
        }
        for (Thread caller : callers) {
            caller.join();
        }

        await().until(() -> received.lines.size() == 2 * THREADS * RECORDS && pipe.held() == 0);
        int withIds = 0;
        for (Received.Line line : received.lines) {
            if (line.body().equals("none")) {
                assertThat(line.traceId()).isEmpty();
                assertThat(line.spanId()).isEmpty();
            } else {
                long id = Long.parseLong(line.body().substring(7));
                assertThat(line.traceId()).isEqualTo(HexIds.traceId(7, id));
                assertThat(line.spanId()).isEqualTo(HexIds.spanId(id));
                assertThat(line.record().getFlags()).isEqualTo(id % 1000 % 2);
                withIds++;
            }
        }
        assertThat(withIds).isEqualTo(THREADS * RECORDS);
        assertThat(appendedOn).as("all on the Disruptor's one thread").hasSize(1);
    }

    @Test
    void idsOfTheSpan_winOverThoseOfTheContext() {
        ThreadContext.put("trace_id", "1".repeat(32));
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("in");
        }
        ThreadContext.clearMap();

        assertThat(only().traceId()).isEqualTo(TRACE);
        assertThat(only().spanId()).isEqualTo(SPAN);
    }
}
