// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code GlobalOpenTelemetry} can be set once in the life of a JVM; Weirs come and go. */
class GlobalTest {

    private static final Duration LONG = Duration.ofSeconds(15);

    @TempDir
    Path directory;

    private final ProtoReceiver receiver = new ProtoReceiver();
    private final java.util.logging.Logger weirs = java.util.logging.Logger.getLogger("weir");
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord record) {
            if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                warnings.add(record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void begin() {
        GlobalOpenTelemetry.resetForTest();
        weirs.addHandler(listener);
    }

    @AfterEach
    void end() {
        weirs.removeHandler(listener);
        receiver.close();
        GlobalOpenTelemetry.resetForTest();
    }

    private Weir start() {
        return receiver.sender(directory).registerGlobal().start();
    }

    private static void span(OpenTelemetry openTelemetry, String name) {
        openTelemetry.getTracer("shop").spanBuilder(name).startSpan().end();
    }

    private void received(Weir weir, String... spans) {
        assertThat(weir.flush(LONG)).isTrue();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(receiver.spanNames()).containsExactlyInAnyOrder(spans));
    }

    @Test
    void closeAndStartAgain_sendsTheSpansOfTheSecond() {
        for (String name : List.of("first", "second", "third")) {
            receiver.traces.clear();
            try (Weir weir = start()) {
                assertThat(weir.isEnabled()).isTrue();
                span(weir.openTelemetry(), name);
                span(GlobalOpenTelemetry.get(), name + " global");

                received(weir, name, name + " global");
            }
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void startAgain_withoutRegistering_isNotJoinedToTheClosedOne() {
        start().close();
        try (Weir weir = receiver.sender(directory).start()) {
            span(weir.openTelemetry(), "mine");
            span(GlobalOpenTelemetry.get(), "of nobody");

            received(weir, "mine");
        }
    }

    @Test
    void whatWasTakenFromTheGlobalOneBefore_worksWithTheNext() {
        Weir first = start();
        Tracer tracer = GlobalOpenTelemetry.getTracer("shop", "1.2");
        Tracer same = GlobalOpenTelemetry.tracerBuilder("shop")
                .setSchemaUrl("https://a/b")
                .build();
        Meter meter = GlobalOpenTelemetry.getMeter("shop");
        Logger logger = GlobalOpenTelemetry.get()
                .getLogsBridge()
                .loggerBuilder("shop")
                .setInstrumentationVersion("3")
                .build();
        tracer.spanBuilder("before").startSpan().end();
        first.close();
        tracer.spanBuilder("between").startSpan().end();
        assertThat(tracer.spanBuilder("between").startSpan().isRecording()).isFalse();
        try (Weir weir = start()) {
            tracer.spanBuilder("after").startSpan().end();
            same.spanBuilder("after, too").startSpan().end();
            meter.counterBuilder("sold").build().add(2);
            logger.logRecordBuilder().setBody("a record").emit();
            assertThat(tracer.spanBuilder("never ended").startSpan().isRecording())
                    .isTrue();

            received(weir, "before", "after", "after, too");
            await().atMost(LONG).until(() -> receiver.bodies().contains("a record"));
            await().atMost(LONG).until(() -> receiver.metricsNamed("sold").size() == 1);
            assertThat(receiver.traces.get(receiver.traces.size() - 1).toString())
                    .contains("version: \"1.2\"")
                    .contains("https://a/b");
        }
    }

    @Test
    void twoThatRun_haveAnSdkEach_andTheFirstStaysRegistered() {
        try (Weir first = start()) {
            Weir second = receiver.sender(directory).registerGlobal().start();
            span(second.openTelemetry(), "of the second");
            second.close();
            span(GlobalOpenTelemetry.get(), "of the first");

            received(first, "of the second", "of the first");
            assertThat(warnings).anySatisfy(line -> assertThat(line).contains("another Weir"));
        }
    }

    @Test
    void globalOfSomebodyElse_isJoined_andALineSaysThatItStays() {
        OpenTelemetrySdk theirs = OpenTelemetrySdk.builder().buildAndRegisterGlobal();
        try (Weir weir = start()) {
            assertThat(weir.openTelemetry() == GlobalOpenTelemetry.get()).isTrue();
            assertThat(warnings).singleElement().asString().contains("other code set it first");
        }
        theirs.close();
    }

    @Test
    void globalOfSomebodyElse_thatWasShutDown_isNotJoined() {
        OpenTelemetrySdk.builder().buildAndRegisterGlobal().close();
        try (Weir weir = receiver.sender(directory).start()) {
            span(weir.openTelemetry(), "mine");

            received(weir, "mine");
            assertThat(warnings).singleElement().asString().contains("records nothing");
        }
    }

    @Test
    void globalNoop_thatAskingMade_isNotJoined() {
        assertThat(GlobalOpenTelemetry.get()).isNotNull();
        try (Weir weir = receiver.sender(directory).start()) {
            span(weir.openTelemetry(), "mine");

            received(weir, "mine");
            assertThat(warnings).singleElement().asString().contains("records nothing");
        }
    }

    @Test
    void givenOne_thatWasShutDown_isJoinedWithALine() {
        OpenTelemetrySdk given = OpenTelemetrySdk.builder().build();
        given.close();
        try (Weir weir = receiver.sender(directory).openTelemetry(given).start()) {
            assertThat(weir.openTelemetry()).isSameAs(given);
            assertThat(warnings).singleElement().asString().contains("records nothing");
        }
    }
}
