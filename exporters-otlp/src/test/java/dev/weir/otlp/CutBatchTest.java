// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.CloseReport;
import dev.weir.core.Registration;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.EncodedBatch;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/**
 * A batch that the receiver found too large was cut; one half was delivered, the other was not when the export closed. What
 * was delivered must not be given back with the rest.
 */
class CutBatchTest extends ExportTestBase {

    @TempDir
    Path directory;

    private FileSpool spool;
    private final List<String> acked = Collections.synchronizedList(new ArrayList<>());
    private final List<String> returned = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void makeSpool() {
        spool = new FileSpool(directory, 1 << 20);
        receiver.answerNext(Receiver.status(413), Receiver.OK).answerAlways(Receiver.status(503));
    }

    /** The first request was too large, one half was taken, the other was refused at least once. */
    private CloseReport closeWhenHalfIsDelivered() {
        await().until(() -> export.status().of(Signal.LOGS).requests() >= 3);
        return export.close(Duration.ofSeconds(3));
    }

    @Test
    void spooledBatch_deliversTheOtherHalfOnlyAfterARestart() {
        List<String> lines = lines(10);
        assertThat(spool.offer(Signal.LOGS, 10, ByteBuffer.wrap(body(lines)))).isTrue();
        use(builder().spool(spool));

        CloseReport report = closeWhenHalfIsDelivered();

        assertThat(report.lost()).isZero();
        assertThat(spool.records(Signal.LOGS)).isEqualTo(5);
        assertConserved();

        receiver.answerAlways(Receiver.OK);
        use(builder().spool(new FileSpool(directory, 1 << 20)));
        await().until(() -> account(Signal.LOGS).delivered() == 5);

        assertThat(receiver.names("logs")).containsExactlyInAnyOrderElementsOf(lines);
        assertConserved();
    }

    @Test
    void sourceThatCannotCut_isAnsweredAndTheRestIsSpooled() {
        List<String> lines = lines(10);
        TelemetryRuntime runtime = runtime(Map.of());
        use(builder().runtime(runtime).spool(spool));
        give(runtime, new Lines(lines, false));

        closeWhenHalfIsDelivered();

        assertThat(acked).containsExactlyElementsOf(lines);
        assertThat(returned).isEmpty();
        assertThat(spool.records(Signal.LOGS)).isEqualTo(5);
        assertConserved();
    }

    @Test
    void sourceThatCanCut_getsTheOtherHalfBack() {
        List<String> lines = lines(10);
        TelemetryRuntime runtime = runtime(Map.of());
        use(builder().runtime(runtime));
        give(runtime, new Lines(lines, true));

        closeWhenHalfIsDelivered();

        assertThat(acked).hasSize(5).containsExactlyElementsOf(receiver.names("logs"));
        assertThat(returned).hasSize(5).doesNotContainAnyElementsOf(acked);
        assertThat(account(Signal.LOGS).delivered()).isEqualTo(5);
        assertConserved();
    }

    @Test
    void sourceThatCannotCut_withoutASpool_getsAllOfItBack() {
        List<String> lines = lines(10);
        TelemetryRuntime runtime = runtime(Map.of());
        use(builder().runtime(runtime));
        give(runtime, new Lines(lines, false));

        closeWhenHalfIsDelivered();

        assertThat(acked).isEmpty();
        assertThat(returned).containsAll(lines);
        assertThat(account(Signal.LOGS).queued()).isEqualTo(10);
        assertConserved();
    }

    private void give(TelemetryRuntime runtime, Lines batch) {
        Registration holding = runtime.ledger().of(Signal.LOGS).holds(() -> batch.all.size() - acked.size());
        assertThat(holding).isNotNull();
        runtime.ledger().of(Signal.LOGS).accepted(batch.records());
        export.logs(Flux.<EncodedBatch>just(batch).concatWith(Flux.never()));
    }

    private static List<String> lines(int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("line-" + i);
        }
        return lines;
    }

    private static byte[] body(List<String> lines) {
        ScopeLogs.Builder scope = ScopeLogs.newBuilder();
        for (String line : lines) {
            scope.addLogRecords(
                    LogRecord.newBuilder().setBody(AnyValue.newBuilder().setStringValue(line)));
        }
        return ExportLogsServiceRequest.newBuilder()
                .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(scope))
                .build()
                .toByteArray();
    }

    /** A batch of a source that tells what it was answered. */
    private final class Lines implements EncodedBatch {

        private final List<String> all;
        private final boolean cuts;
        private final byte[] body;

        Lines(List<String> lines, boolean cuts) {
            this.all = lines;
            this.cuts = cuts;
            this.body = CutBatchTest.body(lines);
        }

        @Override
        public Signal signal() {
            return Signal.LOGS;
        }

        @Override
        public int records() {
            return all.size();
        }

        @Override
        public int bytes() {
            return body.length;
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of(ByteBuffer.wrap(body).asReadOnlyBuffer());
        }

        @Override
        public void ack() {
            acked.addAll(all);
        }

        @Override
        public void nack() {
            returned.addAll(all);
        }

        @Override
        public List<EncodedBatch> split() {
            if (!cuts || all.size() < 2) {
                return List.of();
            }
            int middle = all.size() / 2;
            return List.of(new Lines(all.subList(0, middle), true), new Lines(all.subList(middle, all.size()), true));
        }
    }
}
