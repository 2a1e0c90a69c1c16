// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.log4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import dev.weir.log.CaptureFixture;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.xml.XmlConfiguration;
import org.junit.jupiter.api.Test;

/** A line is captured once, wherever its way through the loggers ends, and whatever configures Log4j anew. */
class Log4jAdditivityTest extends CaptureFixture {

    private static final String AUDIT_APART = """
            <Configuration status="OFF">
              <Appenders><Null name="NULL"/></Appenders>
              <Loggers>
                <Logger name="audit" level="INFO" additivity="false"><AppenderRef ref="NULL"/></Logger>
                <Logger name="audit.inner" additivity="false"/>
                <Logger name="shop" level="INFO"/>
                <Root level="WARN"><AppenderRef ref="NULL"/></Root>
              </Loggers>
            </Configuration>
            """;

    private final LoggerContext context = new LoggerContext("additivity");

    @Override
    protected Registration install() {
        context.start(configuration());
        return Log4jCapture.install(pipe, context);
    }

    @Override
    protected void uninstall() {
        context.stop();
    }

    private Configuration configuration() {
        try {
            return new XmlConfiguration(
                    context,
                    new ConfigurationSource(new ByteArrayInputStream(AUDIT_APART.getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void lines(String of) {
        context.getLogger("app").info("below the level");
        context.getLogger("app").warn(of + " app");
        context.getLogger("shop.Order").info(of + " shop");
        context.getLogger("audit").info(of + " audit");
        context.getLogger("audit.money").info(of + " audit.money");
        context.getLogger("audit.inner.most").info(of + " audit.inner");
    }

    /** Of the calls of {@link #lines}, those that are of the level. */
    private void assertLinesCapturedOnce(String... ofs) {
        assertCapturedInAnyOrder(Stream.of(ofs)
                .flatMap(of -> Stream.of("app", "shop", "audit", "audit.money", "audit.inner")
                        .map(logger -> of + " " + logger))
                .toArray(String[]::new));
    }

    @Test
    void loggersApart_areCapturedOnce_alsoAfterAnotherConfiguration() {
        lines("one");
        context.reconfigure(configuration());
        lines("two");

        assertLinesCapturedOnce("one", "two");
    }

    @Test
    void additivityThatChanges_isFollowedAtOnce() {
        LoggerConfig shop = context.getConfiguration().getLoggerConfig("shop");
        LoggerConfig audit = context.getConfiguration().getLoggerConfig("audit");
        shop.setAdditive(false);
        audit.setAdditive(true);
        lines("one");
        shop.setAdditive(true);
        audit.setAdditive(false);
        lines("two");

        assertLinesCapturedOnce("one", "two");
    }

    @Test
    void loggerThatIsAddedLater_isCaptured() {
        context.getConfiguration().addLogger("late", new LoggerConfig("late", Level.INFO, false));
        context.updateLoggers();
        context.getLogger("late").info("one");
        context.getLogger("core").setAdditive(false);
        context.getLogger("core").warn("two");

        assertCapturedInAnyOrder("one", "two");
    }

    @Test
    void loggerWithAWeirAppenderOfItsOwn_isCapturedOnce() {
        WeirLog4jAppender own = new WeirLog4jAppender(pipe);
        own.start();
        LoggerConfig late = new LoggerConfig("late", Level.INFO, true);
        late.addAppender(own, null, null);
        context.getConfiguration().addLogger("late", late);
        context.updateLoggers();
        context.getLogger("late").info("one");
        context.getLogger("app").warn("two");

        assertCapturedInAnyOrder("one", "two");
    }

    @Test
    void contextThatIsStoppedAndStartedAgain_isCapturedAgain() {
        context.stop();
        context.start(configuration());
        lines("one");

        assertLinesCapturedOnce("one");
    }

    @Test
    void closing_leavesNoLoggerWithTheAppender() {
        capture.close();
        capture.close();
        lines("one");

        assertThat(context.getConfiguration().getLoggers().values())
                .noneMatch(logger -> logger.getAppenders().containsKey(WeirLog4jAppender.NAME));
        assertThat(pipe.held()).isZero();
        assertThat(received.lines).isEmpty();
    }
}
