// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.proto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.Signal;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RequestSplitterTest {

    @Property(tries = 300)
    void halves_holdAllSpansInOrderWithTheirScopes(
            @ForAll @Size(min = 1, max = 4) List<@Size(min = 1, max = 4) List<@IntRange(max = 5) Integer>> shape)
            throws Exception {
        ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
        int total = 0;
        for (List<Integer> scopes : shape) {
            ResourceSpans.Builder resource = ResourceSpans.newBuilder().setSchemaUrl("r" + total);
            for (int spans : scopes) {
                ScopeSpans.Builder scope = ScopeSpans.newBuilder()
                        .setScope(InstrumentationScope.newBuilder().setName("scope-" + total));
                for (int i = 0; i < spans; i++) {
                    scope.addSpans(Span.newBuilder().setName(scope.getScope().getName() + "/" + total++));
                }
                resource.addScopeSpans(scope);
            }
            request.addResourceSpans(resource);
        }

        RequestSplitter.Half[] halves =
                RequestSplitter.halves(Signal.TRACES, request.build().toByteArray());

        if (total < 2) {
            assertThat(halves).isNull();
            return;
        }
        List<String> names = new ArrayList<>();
        for (RequestSplitter.Half half : halves) {
            int before = names.size();
            ExportTraceServiceRequest.parseFrom(half.body())
                    .getResourceSpansList()
                    .forEach(resource -> {
                        assertThat(resource.getSchemaUrl()).startsWith("r");
                        resource.getScopeSpansList()
                                .forEach(scope -> scope.getSpansList().forEach(span -> {
                                    assertThat(span.getName())
                                            .startsWith(scope.getScope().getName() + "/");
                                    names.add(span.getName());
                                }));
                    });
            assertThat(half.records()).isEqualTo(names.size() - before).isPositive();
        }
        List<String> expected = new ArrayList<>();
        request.build()
                .getResourceSpansList()
                .forEach(resource -> resource.getScopeSpansList()
                        .forEach(scope -> scope.getSpansList().forEach(span -> expected.add(span.getName()))));
        assertThat(names).isEqualTo(expected);
    }

    @Test
    void halves_countDataPoints() {
        Metric three = Metric.newBuilder()
                .setName("a")
                .setGauge(Gauge.newBuilder()
                        .addDataPoints(NumberDataPoint.newBuilder().setAsInt(1))
                        .addDataPoints(NumberDataPoint.newBuilder().setAsInt(2))
                        .addDataPoints(NumberDataPoint.newBuilder().setAsInt(3)))
                .build();
        byte[] body = ExportMetricsServiceRequest.newBuilder()
                .addResourceMetrics(ResourceMetrics.newBuilder()
                        .addScopeMetrics(
                                ScopeMetrics.newBuilder().addMetrics(three).addMetrics(three)))
                .build()
                .toByteArray();

        RequestSplitter.Half[] halves = RequestSplitter.halves(Signal.METRICS, body);

        assertThat(halves).extracting(RequestSplitter.Half::records).containsExactly(3, 3);
    }

    @Property(tries = 1000)
    void halves_ofGarbage_neverThrow(@ForAll byte[] garbage) {
        RequestSplitter.halves(Signal.LOGS, garbage);
    }
}
