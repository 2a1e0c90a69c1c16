// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import dev.weir.core.Settings;
import dev.weir.core.TelemetryRuntime;
import dev.weir.log.CaptureFixture;
import dev.weir.log.Received;
import io.opentelemetry.proto.common.v1.KeyValue;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.message.MapMessage;
import org.apache.logging.log4j.message.StringMapMessage;
import org.junit.jupiter.api.Test;

/** Events that no other appender minds. */
class OddEventsTest extends CaptureFixture {

    private final LoggerContext context = new LoggerContext("odd");

    OddEventsTest() {
        runtime.close();
        runtime = TelemetryRuntime.create(
                Settings.builder().set("weir.log.mdc.keys", "*").build());
    }

    @Override
    protected Registration install() {
        context.start();
        context.getConfiguration().getRootLogger().setLevel(Level.TRACE);
        context.updateLoggers();
        return Log4jCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    @Test
    void keyOfSeveralSources_isThereOnce_andTheEventsOwnWins() {
        MapMessage<?, ?> message = new StringMapMessage()
                .with("user", "event")
                .with("thread.name", "mine")
                .with("exception.message", "x");
        ThreadContext.put("user", "context");
        ThreadContext.put("tenant", "t");
        context.getLogger("app").error(message, new IllegalStateException("m"));
        ThreadContext.clearMap();

        Received.Line line = only();
        assertThat(line.record().getAttributesList())
                .extracting(KeyValue::getKey)
                .doesNotHaveDuplicates();
        assertThat(line.attributes())
                .containsEntry("user", "event")
                .containsEntry("tenant", "t")
                .containsEntry("thread.name", "mine")
                .containsEntry("exception.message", "x")
                .containsEntry("exception.type", "java.lang.IllegalStateException");
    }
}
