// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.luben.zstd.Zstd;
import dev.weir.core.Signal;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZstdTest extends ExportTestBase {

    @TempDir
    Path directory;

    /** What the receiver was given, unpacked. */
    private List<String> spanNames() throws Exception {
        List<String> names = new ArrayList<>();
        for (Receiver.Taken taken : List.copyOf(receiver.accepted)) {
            byte[] body = taken.body();
            if ("zstd".equals(taken.headers().get("content-encoding"))) {
                body = Zstd.decompress(body, (int) Zstd.getFrameContentSize(body));
            }
            ExportTraceServiceRequest.parseFrom(body)
                    .getResourceSpansList()
                    .forEach(resource -> resource.getScopeSpansList()
                            .forEach(scope -> scope.getSpansList().forEach(span -> names.add(span.getName()))));
        }
        return names;
    }

    @Test
    void bodies_areFramesThatTheLibraryReads() throws Exception {
        use(builder().runtime(runtime(Map.of("otel.exporter.otlp.compression", "zstd"))));

        spans(500);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(receiver.accepted)
                .anySatisfy(taken -> assertThat(taken.headers()).containsEntry("content-encoding", "zstd"));
        assertThat(spanNames()).containsExactlyInAnyOrderElementsOf(names(500));
        assertThat(export.status().of(Signal.TRACES).wireBytes())
                .isLessThan(export.status().of(Signal.TRACES).bodyBytes());
        assertConserved();
    }

    @Test
    void tooLarge_isCut() throws Exception {
        receiver.answerNext(Receiver.status(413));
        use(builder().compression(Compression.ZSTD));

        spans(200);

        assertThat(export.flush(LONG).block()).isTrue();
        assertThat(spanNames()).containsExactlyInAnyOrderElementsOf(names(200));
        assertConserved();
    }

    @Test
    void outage_spoolsThePlainBody() throws Exception {
        receiver.answerAlways(Receiver.status(503));
        FileSpool spool = new FileSpool(directory, 1 << 20);
        use(builder().compression(Compression.ZSTD).spool(spool).durability(Durability.ALWAYS));
        spans(100);
        await().until(() -> spool.records(Signal.TRACES) == 100);

        receiver.answerAlways(Receiver.OK);

        await().atMost(LONG).until(() -> account(Signal.TRACES).delivered() == 100);
        assertThat(spanNames()).containsExactlyInAnyOrderElementsOf(names(100));
        assertConserved();
    }

    @Test
    void withoutTheLibrary_theErrorSaysWhatIsMissing() {
        ClassLoader none = new ClassLoader(null) {};

        assertThatThrownBy(() -> Compression.ZSTD.requireAvailable("otel.exporter.otlp.compression", none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "otel.exporter.otlp.compression is \"zstd\", allowed without com.github.luben:zstd-jni on the"
                                + " class path: none, gzip");
        assertThat(Compression.GZIP.requireAvailable("x", none)).isEqualTo(Compression.GZIP);
    }
}
