// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.read.ListAppender;
import dev.weir.context.TracePropagation;
import dev.weir.context.Traced;
import dev.weir.context.Traces;
import dev.weir.context.logback.LogbackTraceFields;
import dev.weir.core.Registration;
import dev.weir.core.internal.logback.MdcFields;
import dev.weir.core.internal.logback.MdcOverlay;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.impl.ThreadContextDataInjector;
import org.apache.logging.log4j.util.SortedArrayStringMap;
import org.apache.logging.log4j.util.StringMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.spi.MDCAdapter;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

class LogFieldsTest {

    private final LoggerContext logback = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
            event.prepareForDeferredProcessing();
            super.append(event);
        }
    };
    private Logger log;

    @BeforeEach
    void setUp() {
        logback.setMDCAdapter(mdc);
        log = logback.getLogger("test");
        log.setAdditive(false);
        log.addAppender(appender);
        appender.start();
    }

    @Test
    void logback_onEveryHop_eventsHaveTheIdsOfTheirTrace() {
        try (TracePropagation propagation = TracePropagation.enable();
                Registration registration = LogbackTraceFields.install(logback)) {
            Flux.range(1, 3)
                    .flatMap(id -> Traced.with(
                            Flux.just(id)
                                    .publishOn(Schedulers.parallel())
                                    .doOnNext(v -> log.info("of {}", v))
                                    .publishOn(Schedulers.boundedElastic())
                                    .doOnNext(v -> log.info("of {}", v)),
                            Traces.trace(id)))
                    .blockLast();
            log.info("outside");
        }

        assertThat(appender.list).hasSize(7);
        for (ILoggingEvent event : List.copyOf(appender.list).subList(0, 6)) {
            String id = "%016x".formatted((Integer) event.getArgumentArray()[0]);
            assertThat(event.getMDCPropertyMap())
                    .containsEntry("trace_id", id.length() == 16 ? "0".repeat(16) + id : id)
                    .containsEntry("span_id", id)
                    .containsEntry("trace_flags", "01");
        }
        assertThat(appender.list.get(6).getMDCPropertyMap()).isEmpty();
    }

    @Test
    void logback_pattern_seesTraceAndThreadAndOwnFields() {
        PatternLayout layout = new PatternLayout();
        layout.setContext(logback);
        layout.setPattern("%X{user} %X{tenant} %X{span_id:-none}");
        layout.start();
        mdc.put("user", "u1");
        try (Registration registration = LogbackTraceFields.install(logback);
                Scope scope = LogFields.put(Traces.trace(5), "tenant", "a").makeCurrent()) {
            log.info("x");
        }
        log.info("y");

        assertThat(layout.doLayout(appender.list.get(0))).isEqualTo("u1 a 0000000000000005");
        assertThat(layout.doLayout(appender.list.get(1))).isEqualTo("u1  none");
    }

    @Test
    void logback_besideTheIdsAlone_inAnyOrder_oneAdapterShowsAllFields() {
        Registration ids = MdcOverlay.install(logback, MdcFields.IDS);
        Registration fields = LogbackTraceFields.install(logback);
        Registration more = MdcOverlay.install(logback, MdcFields.IDS);
        mdc.put("trace_id", "mine");
        try (Scope scope = LogFields.put(Traces.trace(7), "tenant", "a").makeCurrent()) {
            log.info("all");
            assertThat(logback.getMDCAdapter().get("trace_id")).isEqualTo("mine");
            assertThat(logback.getMDCAdapter().get("span_id")).isEqualTo("0000000000000007");
            fields.close();
            log.info("ids");
        }
        log.info("none");
        ids.close();
        more.close();

        assertThat(appender.list.get(0).getMDCPropertyMap())
                .containsEntry("tenant", "a")
                .containsEntry("span_id", "0000000000000007")
                .containsEntry("trace_id", "mine");
        assertThat(appender.list.get(1).getMDCPropertyMap())
                .doesNotContainKey("tenant")
                .containsEntry("span_id", "0000000000000007")
                .containsEntry("trace_id", "mine");
        assertThat(appender.list.get(2).getMDCPropertyMap()).containsOnly(Map.entry("trace_id", "mine"));
        assertThat(logback.getMDCAdapter()).isSameAs(mdc);
        assertThat(logback.getStatusManager().getCopyOfStatusList())
                .noneMatch(status -> status.getMessage().contains("mdcAdapter"));
    }

    @Test
    void logback_idsThatTheApplicationPutItself_stay_alsoInTheCopyOfTheMap() {
        PatternLayout layout = new PatternLayout();
        layout.setContext(logback);
        layout.setPattern("%X{trace_id} %X{span_id} %X{trace_flags}");
        layout.start();
        mdc.put("trace_id", "mine");
        try (Registration registration = LogbackTraceFields.install(logback);
                Scope scope = Traces.trace(5).makeCurrent()) {
            log.info("x");
            assertThat(logback.getMDCAdapter().getCopyOfContextMap())
                    .containsOnly(
                            Map.entry("trace_id", "mine"),
                            Map.entry("span_id", "0000000000000005"),
                            Map.entry("trace_flags", "01"));
        }

        assertThat(layout.doLayout(appender.list.get(0))).isEqualTo("mine 0000000000000005 01");
        assertThat(appender.list.get(0).getMDCPropertyMap()).hasSize(3).containsEntry("trace_id", "mine");
    }

    @Test
    void logback_idsThatTheApplicationPutOnTheTrace_winOverAll() {
        mdc.put("trace_id", "of the thread");
        try (Registration registration = LogbackTraceFields.install(logback);
                Scope scope = LogFields.put(Traces.trace(5), "trace_id", "of the trace")
                        .makeCurrent()) {
            log.info("x");
            assertThat(LogFields.get("trace_id")).isEqualTo("of the trace");
        }

        assertThat(appender.list.get(0).getMDCPropertyMap()).containsEntry("trace_id", "of the trace");
    }

    @Test
    void logback_underAnotherAdapter_closingShowsNothingMore() {
        Registration fields = LogbackTraceFields.install(logback);
        LogbackMDCAdapter overIt = new LogbackMDCAdapter();
        MDCAdapter ours = logback.getMDCAdapter();
        logback.setMDCAdapter(overIt);
        fields.close();
        try (Scope scope = Traces.trace(8).makeCurrent()) {
            assertThat(ours.get("trace_id")).isNull();
            assertThat(ours.getCopyOfContextMap()).isNull();
        }

        assertThat(logback.getMDCAdapter()).isSameAs(overIt);
    }

    @Test
    void logback_installedTwiceAndClosed_isAsBefore() {
        Registration first = LogbackTraceFields.install(logback);
        Registration second = LogbackTraceFields.install(logback);
        second.close();
        assertThat(logback.getMDCAdapter()).isNotSameAs(mdc);
        first.close();
        first.close();

        assertThat(logback.getMDCAdapter()).isSameAs(mdc);
    }

    @Test
    void log4j_eventsHaveTheFieldsOfTheTrace() {
        StringMap empty = new SortedArrayStringMap();
        StringMap inside;
        ThreadContext.put("tenant", "of the thread");
        ThreadContext.put("span_id", "mine");
        try (Scope scope = LogFields.put(Traces.trace(6), "tenant", "a").makeCurrent()) {
            inside = new ThreadContextDataInjector.ForDefaultThreadContextMap()
                    .injectContextData(null, new SortedArrayStringMap());
        }
        ThreadContext.clearMap();
        StringMap outside = new ThreadContextDataInjector.ForDefaultThreadContextMap().injectContextData(null, empty);

        assertThat(inside.toMap())
                .containsEntry("span_id", "mine")
                .containsEntry("trace_id", "0000000000000000" + "0000000000000006")
                .containsEntry("tenant", "a")
                .containsEntry("trace_flags", "01");
        assertThat(outside.toMap()).isEmpty();
    }

    @Test
    void putAll_takesOnlyTheNamedKeys() {
        Context context =
                LogFields.putAll(Context.root(), Map.of("user", "u1", "secret", "s"), Set.of("user", "absent"));

        assertThat(LogFields.of(context)).isEqualTo(Map.of("user", "u1"));
        assertThat(LogFields.putAll(Context.root(), null, Set.of("user"))).isSameAs(Context.root());
    }

    @Test
    void over_withoutATrace_isTheMapItself() {
        Map<String, String> base = Map.of("user", "u1");

        assertThat(LogFields.over(base)).isSameAs(base);
        assertThat(LogFields.get("trace_id")).isNull();
    }
}
