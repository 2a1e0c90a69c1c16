// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSamplerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProvidersTest {

    @Test
    void bothNames_areFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(ConfigurableSamplerProvider.class))
                .extracting(ConfigurableSamplerProvider::getName)
                .containsExactlyInAnyOrder("weir", "parentbased_weir");
    }

    @Test
    void theArgument_isTheProbability() {
        Sampler alone = new ConsistentSamplerProvider().createSampler(new Properties("0.25"));
        Sampler parentBased = new ParentBasedConsistentSamplerProvider().createSampler(new Properties("0.01"));

        assertThat(alone.getDescription()).isEqualTo("ConsistentSampler{probability=0.25, th=c}");
        assertThat(parentBased.getDescription()).contains("parentBased").contains("th=fd70a");
    }

    @Test
    void withoutAnArgument_everythingIsKept() {
        assertThat(new ParentBasedConsistentSamplerProvider()
                        .createSampler(new Properties(null))
                        .getDescription())
                .contains("probability=1.0, th=0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.5", "-0.1", "NaN", "much", "1,0", "50%"})
    void anArgumentWithoutAMeaning_isNamedInALine_andCountsAsUnset(String value) {
        List<String> lines = new ArrayList<>();
        Logger logger = Logger.getLogger("weir.settings");
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                lines.add(line.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(handler);
        try {
            assertThat(new ConsistentSamplerProvider()
                            .createSampler(new Properties(value))
                            .getDescription())
                    .contains("probability=1.0");
        } finally {
            logger.removeHandler(handler);
        }

        assertThat(lines)
                .singleElement()
                .satisfies(line ->
                        assertThat(line).contains("otel.traces.sampler.arg is \"" + value + "\", allowed: 0.0…1.0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " "})
    void anEmptyArgument_countsAsUnset(String value) {
        assertThat(new ParentBasedConsistentSamplerProvider()
                        .createSampler(new Properties(value))
                        .getDescription())
                .contains("probability=1.0");
    }

    /** Knows one property. */
    private record Properties(String argument) implements ConfigProperties {

        @Override
        public String getString(String name) {
            return name.equals("otel.traces.sampler.arg") ? argument : null;
        }

        @Override
        public Double getDouble(String name) {
            String text = getString(name);
            return text == null ? null : Double.valueOf(text);
        }

        @Override
        public Boolean getBoolean(String name) {
            return null;
        }

        @Override
        public Integer getInt(String name) {
            return null;
        }

        @Override
        public Long getLong(String name) {
            return null;
        }

        @Override
        public Duration getDuration(String name) {
            return null;
        }

        @Override
        public List<String> getList(String name) {
            return List.of();
        }

        @Override
        public Map<String, String> getMap(String name) {
            return Map.of();
        }
    }
}
