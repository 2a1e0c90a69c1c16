// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.core.Registration;
import dev.weir.core.internal.OwnWork;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.context.Scope;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

class LogbackCaptureTest extends CaptureFixture {

    private static final Marker AUDIT = MarkerFactory.getDetachedMarker("AUDIT");

    static {
        AUDIT.add(MarkerFactory.getDetachedMarker("MONEY"));
    }

    /** A marker whose name is asked of {@code value}. */
    private static final class ChattyMarker implements Marker {

        private final Object value;

        ChattyMarker(Object value) {
            this.value = value;
        }

        @Override
        public String getName() {
            return value.toString();
        }

        @Override
        public void add(Marker reference) {}

        @Override
        public boolean remove(Marker reference) {
            return false;
        }

        @Override
        @SuppressWarnings("deprecation") // of the interface
        public boolean hasChildren() {
            return false;
        }

        @Override
        public boolean hasReferences() {
            return false;
        }

        @Override
        public Iterator<Marker> iterator() {
            return List.<Marker>of().iterator();
        }

        @Override
        public boolean contains(Marker other) {
            return false;
        }

        @Override
        public boolean contains(String name) {
            return false;
        }
    }

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    @Override
    protected Registration install() {
        context.setMDCAdapter(mdc);
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void event_isRecordWithIdsOfTheCurrentSpan() {
        Logger logger = context.getLogger("dev.weir.demo.Shop");
        try (Scope scope = CURRENT.makeCurrent()) {
            logger.warn("paid {} for {}", 12, "tea");
        }

        Received.Line line = only();
        assertThat(line.scope()).isEqualTo("dev.weir.demo.Shop");
        assertThat(line.body()).isEqualTo("paid 12 for tea");
        assertThat(line.traceId()).isEqualTo(TRACE);
        assertThat(line.spanId()).isEqualTo(SPAN);
        assertThat(line.record().getFlags()).isEqualTo(1);
        assertThat(line.record().getSeverityNumberValue()).isEqualTo(13);
        assertThat(line.record().getSeverityText()).isEqualTo("WARN");
        assertThat(line.record().getTimeUnixNano()).isGreaterThan(1_700_000_000_000_000_000L);
        assertThat(line.attributes())
                .containsEntry("thread.name", Thread.currentThread().getName());
    }

    @Test
    void structuredEvent_hasItsValuesMarkerAndException() {
        Logger logger = context.getLogger("app");
        RuntimeException failure = new IllegalStateException("no", new RuntimeException("because"));
        logger.atError()
                .addMarker(AUDIT)
                .addMarker(MarkerFactory.getMarker("SECURITY"))
                .addKeyValue("order", 4711)
                .addKeyValue("price", 1.5)
                .addKeyValue("paid", true)
                .addKeyValue("who", "me")
                .setCause(failure)
                .log("failed");

        Received.Line line = only();
        assertThat(line.attributes())
                .containsEntry("order", 4711L)
                .containsEntry("price", 1.5)
                .containsEntry("paid", true)
                .containsEntry("who", "me")
                .containsEntry("logback.marker", texts("AUDIT", "MONEY", "SECURITY"))
                .containsEntry("exception.type", "java.lang.IllegalStateException")
                .containsEntry("exception.message", "no");
        assertThat((String) line.attributes().get("exception.stacktrace"))
                .startsWith("java.lang.IllegalStateException: no\n\tat ")
                .contains("Caused by: java.lang.RuntimeException: because");
        assertThat(line.record().getTraceId().isEmpty()).isTrue();
    }

    @Test
    void idsInTheMdc_areUsedWhenNoSpanIsCurrent() {
        mdc.put("trace_id", TRACE);
        mdc.put("span_id", SPAN);
        context.getLogger("app").info("from the MDC");
        mdc.clear();

        assertThat(only().traceId()).isEqualTo(TRACE);
    }

    @Test
    void ownAndChronicleLoggers_areLeftOut() {
        context.getLogger("weir.log").info("ours");
        context.getLogger("net.openhft.chronicle.core.Jvm").info("theirs");
        context.getLogger("weir.otlp.sender").info("ours, too");
        context.getLogger("weir.shop").info("the application's");

        assertThat(only().body()).isEqualTo("the application's");
    }

    @Test
    void anyLogger_atAnyLevel_whileTheThreadWorksForWeir_isLeftOut_andTheApplicationsAppenderHasIt() {
        ListAppender<ILoggingEvent> theirs = new ListAppender<>();
        theirs.start();
        Logger logger = context.getLogger("reactor.netty.http.client.HttpClientConnect");
        logger.addAppender(theirs);
        logger.setLevel(Level.TRACE);
        OwnWork.run(() -> {
            logger.warn("Weir's connection");
            logger.debug("{} of Weir", "bytes");
            logger.trace("the same");
            OwnWork.pause(() -> logger.warn("a callback of the application"));
        });

        assertThat(only().body()).isEqualTo("a callback of the application");
        assertThat(theirs.list).hasSize(4);
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void oneMarker_isAnArrayToo() {
        context.getLogger("app").info(MarkerFactory.getMarker("SECURITY"), "one");

        assertThat(only().attributes()).containsEntry("logback.marker", texts("SECURITY"));
    }

    private static AnyValue texts(String... texts) {
        ArrayValue.Builder array = ArrayValue.newBuilder();
        for (String text : texts) {
            array.addValues(AnyValue.newBuilder().setStringValue(text));
        }
        return AnyValue.newBuilder().setArrayValue(array).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"argument", "pair", "pair in a list", "pair in a map", "marker", "exception", "cause"})
    void whatLogsWhileALineIsRead_isALineOfItsOwn(String where) {
        Logger logger = context.getLogger("app");
        String chatty = "chatty";
        Object value = new Object() {
            @Override
            public String toString() {
                logger.info("inner");
                return chatty;
            }
        };
        Exception thrown = new IllegalStateException() {
            @Override
            public String getMessage() {
                return value.toString();
            }
        };
        switch (where) {
            case "argument" -> logger.info("outer {}", value);
            case "pair" -> logger.atInfo().addKeyValue("key", value).log("outer");
            case "pair in a list" ->
                logger.atInfo().addKeyValue("key", List.of(value)).log("outer");
            case "pair in a map" ->
                logger.atInfo().addKeyValue("key", Map.of("of", value)).log("outer");
            case "marker" -> logger.info(new ChattyMarker(value), "outer");
            case "exception" -> logger.info("outer", thrown);
            case "cause" -> logger.info("outer", new RuntimeException("plain", thrown));
            default -> throw new AssertionError(where);
        }

        assertInnerAndThenOuterAreCaptured();
    }

    @Test
    void aValueThatLogsItself_endsAfterAFewLines() {
        Logger logger = context.getLogger("app");
        Object endless = new Object() {
            @Override
            public String toString() {
                logger.atInfo().addKeyValue("self", this).log("again {}", this);
                return "endless";
            }
        };
        logger.info("begin {}", endless);

        await().until(() -> pipe.held() == 0
                && received.lines.stream().anyMatch(line -> line.body().equals("begin endless")));
        assertThat(received.lines).hasSizeBetween(2, 50);
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void pattern_showsTheIdsOnlyWhileASpanIsCurrent_andKeepsTheApplicationsMdc() {
        PatternLayout layout = new PatternLayout();
        layout.setContext(context);
        layout.setPattern("%X{user} %X{trace_id} %X{span_id} %X{trace_flags} %msg");
        layout.start();
        List<String> console = new CopyOnWriteArrayList<>();
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                console.add(layout.doLayout(event));
            }
        };
        appender.setContext(context);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
        mdc.put("user", "ada");
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("in");
        }
        context.getLogger("app").info("out");
        mdc.clear();

        assertThat(console).containsExactly("ada " + TRACE + " " + SPAN + " 01 in", "ada    out");
        capture.close();
        assertThat(context.getMDCAdapter()).isSameAs(mdc);
    }

    @Test
    void idsThatTheApplicationPutItself_stayInItsLines_andTheRecordHasThoseOfTheSpan() {
        mdc.put("trace_id", "mine");
        ListAppender<ILoggingEvent> theirs = new ListAppender<>();
        theirs.start();
        context.getLogger("ROOT").addAppender(theirs);
        try (Scope scope = CURRENT.makeCurrent()) {
            context.getLogger("app").info("in");
            Map<String, String> shown = Map.of("trace_id", "mine", "span_id", SPAN, "trace_flags", "01");
            assertThat(theirs.list.get(0).getMDCPropertyMap()).isEqualTo(shown);
            assertThat(context.getMDCAdapter().getCopyOfContextMap()).isEqualTo(shown);
            assertThat(context.getMDCAdapter().get("trace_id")).isEqualTo("mine");
            assertThat(only().traceId()).isEqualTo(TRACE);
        }
        context.getLogger("app").info("out");

        assertThat(theirs.list.get(1).getMDCPropertyMap()).containsOnly(Map.entry("trace_id", "mine"));
        mdc.clear();
    }

    /** As a bridge does: the handler of one framework is a logger of the other. */
    @Test
    void lineOfJavaUtilLogging_throughABridge_isCapturedOnce() {
        java.util.logging.Logger jul = java.util.logging.Logger.getLogger("jul.door");
        jul.setUseParentHandlers(false);
        jul.addHandler(new java.util.logging.Handler() {
            @Override
            public void publish(java.util.logging.LogRecord record) {
                context.getLogger(record.getLoggerName()).warn(record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        });

        jul.warning("from afar");

        assertThat(only().scope()).isEqualTo("jul.door");
    }

    @Test
    void behindAnAsyncAppender_aWarningIsGiven() {
        WeirAppender appender = new WeirAppender();
        appender.setContext(context);
        appender.setPipe(pipe);
        appender.start();
        AsyncAppender async = new AsyncAppender();
        async.setContext(context);
        async.addAppender(appender);
        async.start();
        Logger logger = context.getLogger("async");
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
        logger.addAppender(async);

        logger.info("late");

        await().until(() -> context.getStatusManager().getCopyOfStatusList().stream()
                .anyMatch(status -> status.getMessage().contains("AsyncAppender")));
        async.stop();
    }
}
