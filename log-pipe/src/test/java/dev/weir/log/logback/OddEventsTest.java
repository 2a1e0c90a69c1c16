// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.logback;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.proto.common.v1.KeyValue;
import org.junit.jupiter.api.Test;

/** Events that no other appender minds. */
class OddEventsTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext();
    private final LogbackMDCAdapter mdc = new LogbackMDCAdapter();

    OddEventsTest() {
        runtime.close();
        runtime = TelemetryRuntime.create(
                Settings.builder().set("weir.log.mdc.keys", "user,thread.name").build());
    }

    @Override
    protected Registration install() {
        context.setMDCAdapter(mdc);
        return LogbackCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    private static final class WithoutFrames extends RuntimeException {

        WithoutFrames() {
            super("odd");
        }

        @Override
        public StackTraceElement[] getStackTrace() {
            return null;
        }
    }

    @Test
    void exceptionWithoutFrames_isTold() {
        context.getLogger("app").error("failed", new WithoutFrames());

        Received.Line line = only();
        assertThat(line.body()).isEqualTo("failed");
        assertThat(line.attributes())
                .containsEntry("exception.type", WithoutFrames.class.getName())
                .containsEntry("exception.message", "odd");
    }

    @Test
    void pairsWithoutKey_costThemselves() {
        context.getLogger("app")
                .atInfo()
                .addKeyValue(null, 5)
                .addKeyValue(null, "x")
                .addKeyValue(null, true)
                .addKeyValue("", new int[] {1})
                .addKeyValue("good", "y")
                .log("text");

        Received.Line line = only();
        assertThat(line.attributes()).containsOnlyKeys("good", "thread.name");
        assertThat(line.record().getDroppedAttributesCount()).isEqualTo(4);
        assertThat(pipe.stats().dropped()).isZero();
    }

    @Test
    void keyOfSeveralSources_isThereOnce_andTheEventsOwnWins() {
        mdc.put("user", "mdc");
        mdc.put("thread.name", "mine");
        context.getLogger("app")
                .atInfo()
                .addKeyValue("user", "event")
                .addKeyValue("order", 1)
                .addKeyValue("order", 2)
                .addKeyValue("exception.type", "x")
                .setCause(new IllegalStateException("m"))
                .log("keys");
        mdc.clear();

        Received.Line line = only();
        assertThat(line.record().getAttributesList())
                .extracting(KeyValue::getKey)
                .doesNotHaveDuplicates();
        assertThat(line.attributes())
                .containsEntry("user", "event")
                .containsEntry("order", 2L)
                .containsEntry("exception.type", "x")
                .containsEntry("exception.message", "m")
                .containsEntry("thread.name", "mine");
    }
}
