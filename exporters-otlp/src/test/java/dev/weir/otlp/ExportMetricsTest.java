// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Registration;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ExportMetricsTest extends ExportTestBase {

    @Test
    void figures_areThoseOfTheAccount() {
        use(builder());
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider meters =
                SdkMeterProvider.builder().registerMetricReader(reader).build()) {
            Registration registration = export.observe(meters);
            receiver.answerNext(Receiver.status(503), Receiver.OK, Receiver.status(400));
            spans(10);
            assertThat(export.flush(LONG).block()).isTrue();
            spans(3);
            assertThat(export.flush(LONG).block()).isTrue();

            Map<String, MetricData> metrics = reader.collectAllMetrics().stream()
                    .collect(Collectors.toMap(MetricData::getName, metric -> metric));

            assertThat(metrics.get("otel.sdk.exporter.span.exported")
                            .getLongSumData()
                            .getPoints())
                    .extracting(LongPointData::getValue)
                    .containsExactlyInAnyOrder(10L, 3L);
            assertThat(metrics.get("weir.otlp.retries").getLongSumData().getPoints())
                    .extracting(LongPointData::getValue)
                    .contains(1L);
            assertThat(metrics).containsKeys("weir.otlp.wire.bytes", "otel.sdk.processor.span.queue.size");

            registration.close();
            assertThat(reader.collectAllMetrics()).isEmpty();
        }
    }
}
