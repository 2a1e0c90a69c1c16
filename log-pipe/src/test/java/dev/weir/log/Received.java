// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.SignalLedger;
import dev.weir.core.spi.EncodedBatch;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber that acknowledges everything and keeps what it got, one line for a record. What the pipe says about
 * itself is kept apart: it can come at any time after a loss.
 */
public final class Received {

    /** One record and the scope that it came in. */
    public record Line(String scope, String version, LogRecord record) {

        public String body() {
            return record.getBody().getStringValue();
        }

        public String traceId() {
            return HexFormat.of().formatHex(record.getTraceId().toByteArray());
        }

        public String spanId() {
            return HexFormat.of().formatHex(record.getSpanId().toByteArray());
        }

        public Map<String, Object> attributes() {
            Map<String, Object> all = new TreeMap<>();
            for (KeyValue attribute : record.getAttributesList()) {
                all.put(
                        attribute.getKey(),
                        switch (attribute.getValue().getValueCase()) {
                            case STRING_VALUE -> attribute.getValue().getStringValue();
                            case INT_VALUE -> attribute.getValue().getIntValue();
                            case DOUBLE_VALUE -> attribute.getValue().getDoubleValue();
                            case BOOL_VALUE -> attribute.getValue().getBoolValue();
                            default -> attribute.getValue();
                        });
            }
            return all;
        }
    }

    /** What was offered. */
    public final List<Line> lines = new CopyOnWriteArrayList<>();

    /** What the pipe says about itself. */
    public final List<String> notes = new CopyOnWriteArrayList<>();

    private final @Nullable SignalLedger ledger;

    private Received(@Nullable SignalLedger ledger) {
        this.ledger = ledger;
    }

    public static Received from(LogPipe pipe) {
        return from(pipe, null);
    }

    /** As {@link #from(LogPipe)}; tells {@code ledger} what was delivered. */
    public static Received from(LogPipe pipe, @Nullable SignalLedger ledger) {
        Received received = new Received(ledger);
        pipe.batches(BatchSpec.DEFAULT.withMaxDelay(Duration.ZERO)).subscribe(received::take);
        return received;
    }

    private void take(EncodedBatch batch) {
        try {
            ExportLogsServiceRequest.parseFrom(Bytes.of(batch.body()))
                    .getResourceLogsList()
                    .forEach(resource -> resource.getScopeLogsList()
                            .forEach(scope -> scope.getLogRecordsList()
                                    .forEach(record -> keep(new Line(
                                            scope.getScope().getName(),
                                            scope.getScope().getVersion(),
                                            record)))));
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        if (ledger != null) {
            ledger.delivered(batch.records());
        }
        batch.ack();
    }

    private void keep(Line line) {
        if (line.scope().equals(LogPipe.OWN_SCOPE)) {
            notes.add(line.body());
        } else {
            lines.add(line);
        }
    }
}
