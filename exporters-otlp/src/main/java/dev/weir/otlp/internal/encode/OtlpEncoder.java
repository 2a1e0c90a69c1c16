// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.encode;

import dev.weir.otlp.internal.proto.ProtoBuffer;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Encodes spans, log records and metrics as OTLP protobuf in one pass, into a buffer that is used again.
 *
 * <p>The result of a call is valid until the next call of any method. Records are grouped by resource and scope; within
 * a scope they keep their order. A record that cannot be encoded, because one of its getters throws or because the
 * request would become larger than the limit, is left out and counted; the others are not affected.
 *
 * <p>Not thread-safe: one thread at a time. Bounds: the buffer is as large as the largest request (at most
 * {@code maxBytes}) and shrinks again when requests stay below a quarter of it; caches of keys, resources and scopes
 * are bounded in number. Objects of the application are released at the end of each call, except resources and scopes.
 */
public final class OtlpEncoder {

    /** The longest request by default, the longest that OTLP allows: {@value} bytes. */
    public static final int DEFAULT_MAX_BYTES = ProtoBuffer.MAX_BYTES;

    private static final int ITEMS_KEPT = 8192;

    /** Field 1 of the request (a resource's records), field 2 of that (a scope's records). */
    private static final int RESOURCE_RECORDS = 1 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    private static final int SCOPE_RECORDS = 2 << 3 | ProtoBuffer.LENGTH_DELIMITED;

    /** Room for the heads of resources and scopes, on top of what records may take. */
    private static final int HEADS = 32 << 20;

    private final int maxBytes;
    private final ProtoBuffer out;
    private final Envelopes envelopes;
    private final RecordWriter<SpanData> spans;
    private final RecordWriter<LogRecordData> logs;
    private final RecordWriter<MetricData> metrics;

    private @Nullable Object[] items = new @Nullable Object[512];
    private int records;
    private int skipped;
    private @Nullable Throwable failure;

    /** An encoder of requests of at most {@value #DEFAULT_MAX_BYTES} bytes. */
    public OtlpEncoder() {
        this(DEFAULT_MAX_BYTES);
    }

    /**
     * An encoder of requests of at most {@code maxBytes}.
     *
     * @throws IllegalArgumentException when {@code maxBytes} is below 1 KiB or above 1 GiB
     */
    public OtlpEncoder(int maxBytes) {
        if (maxBytes < 1024 || maxBytes > 1 << 30) {
            throw new IllegalArgumentException("maxBytes must be between 1 KiB and 1 GiB, was " + maxBytes);
        }
        ValueWriter values = new ValueWriter();
        IdWriter ids = new IdWriter();
        this.maxBytes = maxBytes;
        this.out = new ProtoBuffer(Math.min(maxBytes, ProtoBuffer.MIN_CAPACITY), maxBytes);
        this.envelopes = new Envelopes(values);
        this.spans = new SpanWriter(values, ids);
        this.logs = new LogWriter(values, ids);
        this.metrics = new MetricWriter(values, ids);
    }

    /** An {@code ExportTraceServiceRequest}. */
    public EncodedRequest encodeSpans(Collection<SpanData> batch) {
        return encode(batch, spans);
    }

    /** An {@code ExportLogsServiceRequest}. */
    public EncodedRequest encodeLogs(Collection<LogRecordData> batch) {
        return encode(batch, logs);
    }

    /** An {@code ExportMetricsServiceRequest}. The records of the result are data points. */
    public EncodedRequest encodeMetrics(Collection<MetricData> batch) {
        return encode(batch, metrics);
    }

    /** Bytes held for the next request. */
    int capacity() {
        return out.capacity();
    }

    @SuppressWarnings("unchecked")
    private <T> EncodedRequest encode(Collection<T> batch, RecordWriter<T> writer) {
        out.trim();
        out.clear();
        out.limit(maxBytes + HEADS);
        records = 0;
        skipped = 0;
        failure = null;
        items = batch.toArray(items);
        int count = batch.size();
        try {
            envelopes.begin(count);
            for (int i = 0; i < count; i++) {
                T item = (T) items[i];
                try {
                    envelopes.add(i, writer.resource(item), writer.scope(item));
                } catch (OutOfMemoryError e) {
                    throw e;
                } catch (Throwable userCode) {
                    skip(userCode);
                }
            }
            for (Envelopes.ResourceEnvelope resource = envelopes.lastResource();
                    resource != null;
                    resource = resource.previous) {
                resource(resource, writer);
            }
        } finally {
            writer.release();
            if (items.length > ITEMS_KEPT) {
                items = new @Nullable Object[512];
            } else {
                Arrays.fill(items, 0, count, null);
            }
        }
        return new EncodedRequest(out.view(), records, skipped, failure);
    }

    private <T> void resource(Envelopes.ResourceEnvelope resource, RecordWriter<T> writer) {
        int before = out.size();
        out.raw(resource.schemaUrl);
        int beforeScopes = out.size();
        for (Envelopes.ScopeEnvelope scope = resource.lastScope; scope != null; scope = scope.previous) {
            scope(scope, writer);
        }
        if (out.size() == beforeScopes) {
            out.rewind(before);
            return;
        }
        out.raw(resource.head);
        out.message(RESOURCE_RECORDS, before);
    }

    @SuppressWarnings("unchecked")
    private <T> void scope(Envelopes.ScopeEnvelope scope, RecordWriter<T> writer) {
        int before = out.size();
        out.raw(scope.schemaUrl);
        int beforeRecords = out.size();
        out.limit(maxBytes);
        for (int i = scope.lastRecord; i >= 0; i = envelopes.previousRecord(i)) {
            int beforeRecord = out.size();
            try {
                records += writer.write((T) items[i], out);
            } catch (OutOfMemoryError e) {
                throw e;
            } catch (Throwable userCode) {
                out.rewind(beforeRecord);
                skip(userCode);
            }
        }
        out.limit(maxBytes + HEADS);
        if (out.size() == beforeRecords) {
            out.rewind(before);
            return;
        }
        out.raw(scope.head);
        out.message(SCOPE_RECORDS, before);
    }

    private void skip(Throwable cause) {
        skipped++;
        if (failure == null) {
            failure = cause;
        }
    }
}
