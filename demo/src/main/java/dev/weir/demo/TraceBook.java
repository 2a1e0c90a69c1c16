// SPDX-License-Identifier: Apache-2.0
package dev.weir.demo;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.core.Signal;
import dev.weir.core.spi.SignalTap;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Remembers the last {@value #MAX_TRACES} traces and their log lines from the very bytes that leave the process. Thread-safe.
 */
final class TraceBook implements SignalTap {

    static final int MAX_TRACES = 20_000;

    private final Map<ByteString, Trace> traces = new LinkedHashMap<>();

    @Override
    public void onBatch(Signal signal, int records, ByteBuffer body) {
        try {
            switch (signal) {
                case TRACES -> addSpans(ExportTraceServiceRequest.parseFrom(body));
                case LOGS -> addLogs(ExportLogsServiceRequest.parseFrom(body));
                case METRICS -> {}
            }
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("not an OTLP request: " + signal, e);
        }
    }

    private synchronized void addSpans(ExportTraceServiceRequest request) {
        for (ResourceSpans resource : request.getResourceSpansList()) {
            for (ScopeSpans scope : resource.getScopeSpansList()) {
                for (Span span : scope.getSpansList()) {
                    trace(span.getTraceId()).spans.add(span);
                }
            }
        }
    }

    private synchronized void addLogs(ExportLogsServiceRequest request) {
        for (ResourceLogs resource : request.getResourceLogsList()) {
            for (ScopeLogs scope : resource.getScopeLogsList()) {
                for (LogRecord record : scope.getLogRecordsList()) {
                    if (!record.getTraceId().isEmpty()) {
                        trace(record.getTraceId())
                                .logs
                                .add(new Line(scope.getScope().getName(), record));
                    }
                }
            }
        }
    }

    /** Forgets all. */
    synchronized void clear() {
        traces.clear();
    }

    private Trace trace(ByteString id) {
        Trace trace = traces.computeIfAbsent(id, Trace::new);
        if (traces.size() > MAX_TRACES) {
            traces.remove(traces.keySet().iterator().next());
        }
        return trace;
    }

    /** The trace whose root took longest. */
    synchronized Optional<Trace> slowest() {
        return complete(trace -> true).stream().max(Comparator.comparingLong(Trace::durationNanos));
    }

    /** The last complete trace that is {@code such}. */
    synchronized Optional<Trace> last(Predicate<Trace> such) {
        return complete(such).stream().reduce((first, second) -> second);
    }

    private Collection<Trace> complete(Predicate<Trace> which) {
        List<Trace> found = new ArrayList<>();
        for (Trace trace : traces.values()) {
            if (trace.root().isPresent() && which.test(trace)) {
                found.add(trace);
            }
        }
        return found;
    }

    /** One log line and the logger that wrote it. */
    record Line(String logger, LogRecord record) {}

    /** What is known of one trace. */
    static final class Trace {

        private final ByteString id;
        private final List<Span> spans = new ArrayList<>();
        private final List<Line> logs = new ArrayList<>();

        Trace(ByteString id) {
            this.id = id;
        }

        ByteString id() {
            return id;
        }

        Optional<Span> root() {
            return spans.stream()
                    .filter(span -> span.getParentSpanId().isEmpty())
                    .findFirst();
        }

        long durationNanos() {
            return root().map(root -> root.getEndTimeUnixNano() - root.getStartTimeUnixNano())
                    .orElse(0L);
        }

        boolean isError() {
            return spans.stream().anyMatch(span -> span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR);
        }

        List<Span> childrenOf(Span parent) {
            return spans.stream()
                    .filter(span -> span.getParentSpanId().equals(parent.getSpanId()))
                    .sorted(Comparator.comparingLong(Span::getStartTimeUnixNano))
                    .toList();
        }

        boolean hasLine(String text) {
            return logs.stream()
                    .anyMatch(line -> line.record.getBody().getStringValue().contains(text));
        }

        List<Line> linesOf(Span span) {
            return logs.stream()
                    .filter(line -> line.record.getSpanId().equals(span.getSpanId()))
                    .sorted(Comparator.comparingLong(line -> line.record.getTimeUnixNano()))
                    .toList();
        }
    }
}
