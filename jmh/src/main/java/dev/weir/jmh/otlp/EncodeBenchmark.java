// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.otlp;

import dev.weir.otlp.internal.encode.OtlpEncoder;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One request of 512 records: Weir's encoder, and OpenTelemetry's marshaler in both memory modes. Figures per record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class EncodeBenchmark {

    private static final int RECORDS = 512;

    private List<SpanData> spans = List.of();
    private List<SpanData> spansWithOwnKeys = List.of();
    private List<LogRecordData> logs = List.of();
    private OtlpEncoder weir = new OtlpEncoder();
    private PeerMarshaler reusable = new PeerMarshaler(MemoryMode.REUSABLE_DATA);
    private PeerMarshaler immutable = new PeerMarshaler(MemoryMode.IMMUTABLE_DATA);

    @Setup
    public void setUp() {
        spans = SampleRecords.spans(RECORDS);
        spansWithOwnKeys = SampleRecords.withOwnKeys(spans);
        logs = SampleRecords.logs(RECORDS);
        require(weir.encodeSpans(spans).body().remaining(), reusable.spans(spans), immutable.spans(spans));
        require(weir.encodeLogs(logs).body().remaining(), reusable.logs(logs), immutable.logs(logs));
    }

    private static void require(int ours, int theirs, int alsoTheirs) {
        if (ours != theirs || ours != alsoTheirs) {
            throw new IllegalStateException("lengths differ: " + ours + ", " + theirs + ", " + alsoTheirs);
        }
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int spansWeir() {
        return weir.encodeSpans(spans).body().remaining();
    }

    /** Without the guess that the next key is the one that followed last time: each key is another object. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int spansWeirWithOwnKeys() {
        return weir.encodeSpans(spansWithOwnKeys).body().remaining();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int spansOpenTelemetryReusable() {
        return reusable.spans(spans);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int spansOpenTelemetryImmutable() {
        return immutable.spans(spans);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int logsWeir() {
        return weir.encodeLogs(logs).body().remaining();
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int logsOpenTelemetryReusable() {
        return reusable.logs(logs);
    }

    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public int logsOpenTelemetryImmutable() {
        return immutable.logs(logs);
    }
}
