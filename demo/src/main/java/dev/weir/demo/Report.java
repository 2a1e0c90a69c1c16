// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import com.google.protobuf.ByteString;
import dev.weir.Weir;
import dev.weir.core.SignalLedger;
import dev.weir.metric.SeriesSummary;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** Prints what the demo has to show. Not thread-safe. */
final class Report {

    private final PrintStream out;

    Report(PrintStream out) {
        this.out = out;
    }

    void load(LoadGenerator load, Duration duration) {
        Histogram latency = load.latency();
        line("");
        line(
                "%,d requests in %d s = %.0f requests/s, %d without an answer",
                load.sent(), duration.toSeconds(), load.sent() / (double) duration.toSeconds(), load.failed());
        line(
                "measured by the client, from the time each was due:  P50 %s  P95 %s  P99 %s  max %s",
                millis(latency.getValueAtPercentile(50)),
                millis(latency.getValueAtPercentile(95)),
                millis(latency.getValueAtPercentile(99)),
                millis(latency.getMaxValue()));
    }

    void routes(List<SeriesSummary> series) {
        line("");
        line("measured in the process, last 60 s with the warm-up:");
        line("  %-42s %9s %11s %11s %11s", "", "count", "P50", "P95", "P99");
        for (SeriesSummary one : series) {
            if (one.count() > 0) {
                line(
                        "  %-42s %,9d %11s %11s %11s",
                        label(one),
                        one.count(),
                        millis(one.p50Nanos()),
                        millis(one.p95Nanos()),
                        millis(one.p99Nanos()));
            }
        }
    }

    private static String label(SeriesSummary series) {
        Attributes labels = series.attributes();
        String side = series.metric().contains(".server.") ? "server" : "client";
        String route = labels.get(AttributeKey.stringKey("http.route"));
        return side + " " + labels.get(AttributeKey.stringKey("http.request.method"))
                + (route == null ? "" : " " + route) + " "
                + labels.get(AttributeKey.longKey("http.response.status_code"));
    }

    void trace(String title, TraceBook.Trace trace) {
        line("");
        line("%s  trace %s", title, hex(trace.id()));
        trace.root().ifPresent(root -> span(trace, root, root.getStartTimeUnixNano(), 1));
    }

    private void span(TraceBook.Trace trace, Span span, long origin, int depth) {
        String indent = "  ".repeat(depth);
        boolean error = span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR;
        line(
                "%s%s %s  %s%s",
                indent,
                span.getKind().name().replace("SPAN_KIND_", "").toLowerCase(Locale.ROOT),
                span.getName(),
                millis(span.getEndTimeUnixNano() - span.getStartTimeUnixNano()),
                error ? "  ERROR " + attribute(span, "error.type") : "");
        for (TraceBook.Line log : trace.linesOf(span)) {
            line(
                    "%s  · +%s %-5s %s: %s",
                    indent,
                    millis(log.record().getTimeUnixNano() - origin),
                    log.record().getSeverityText(),
                    log.logger(),
                    log.record().getBody().getStringValue());
        }
        for (Span child : trace.childrenOf(span)) {
            span(trace, child, origin, depth + 1);
        }
    }

    void ledger(Weir weir) {
        line("");
        line("ledger (produced = delivered + queued + dropped):");
        for (SignalLedger signal : weir.ledger().signals()) {
            line("  %s", signal.snapshot());
        }
    }

    void line(String format, Object... arguments) {
        out.println(String.format(Locale.ROOT, format, arguments));
    }

    private static String attribute(Span span, String key) {
        for (KeyValue attribute : span.getAttributesList()) {
            if (attribute.getKey().equals(key)) {
                return attribute.getValue().getStringValue();
            }
        }
        return "";
    }

    private static String millis(double nanos) {
        return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }

    private static String hex(ByteString id) {
        return HexFormat.of().formatHex(id.toByteArray());
    }
}
