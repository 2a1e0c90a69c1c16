// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static dev.weir.log.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.core.DropReason;
import dev.weir.core.Signal;
import dev.weir.core.spi.Spool;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("opens")
class PipeInspectorTest extends ConservedPipeTest {

    private void fill(StoreKind store) throws Exception {
        LogPipe pipe = open(builder -> builder.store(store)
                .resource(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), "shop"))));
        Spool spool = pipe.spool("otlp");
        CompletableFuture.runAsync(
                        () -> spool.offer(Signal.TRACES, 7, ByteBuffer.wrap(new byte[] {1, 2})),
                        runtime.threads().io())
                .get(20, TimeUnit.SECONDS);
        pipe.flush().block();
        for (int i = 0; i < 100; i++) {
            pipe.offer(Severity.INFO, "scope", "message " + i);
        }
        pipe.close();
        restart();
    }

    @ParameterizedTest
    @EnumSource(names = {"CHRONICLE", "FILE"})
    void dump_givesEveryRecordOfAClosedPipe(StoreKind store) throws Exception {
        fill(store);
        List<String> bodies = new ArrayList<>();

        List<PipeInspector.Part> parts = PipeInspector.of(directory).dump(request -> {
            byte[] bytes = Bytes.of(request);
            if (bytes.length > 2) {
                ExportLogsServiceRequest logs = LogPipeTest.parse(bytes);
                assertThat(logs.getResourceLogs(0)
                                .getResource()
                                .getAttributes(0)
                                .getValue()
                                .getStringValue())
                        .isEqualTo("shop");
                LogPipeTest.records(logs)
                        .forEach(record -> bodies.add(record.getBody().getStringValue()));
            }
        });

        assertThat(bodies).hasSize(100).startsWith("message 0").endsWith("message 99");
        assertThat(parts).allMatch(PipeInspector.Part::isWhole);
        assertThat(parts)
                .extracting(PipeInspector.Part::store)
                .contains(store.name().toLowerCase(java.util.Locale.ROOT), "spool/otlp/traces");
        assertThat(PipeInspector.of(directory).list())
                .extracting(PipeInspector.Part::store)
                .contains(store.name().toLowerCase(java.util.Locale.ROOT), "spool/otlp/traces");
        assertThat(parts.stream().mapToLong(PipeInspector.Part::records).sum()).isEqualTo(107);
    }

    @Test
    void verify_findsDamage() throws Exception {
        fill(StoreKind.FILE);
        Path segment = directory.resolve("file").resolve("seg-0000000001.weir");
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {9, 9, 9}), channel.size() - 20);
        }

        assertThat(PipeInspector.of(directory).verify())
                .anyMatch(part -> part.store().equals("file") && part.damaged() == 1 && !part.isWhole());
        LogPipe next = open(StoreKind.FILE);
        receive();
        await().until(() -> next.held() == 0);
        assertThat(account().dropped()).containsOnlyKeys(DropReason.CORRUPTED);
    }

    @Test
    void verify_ofALivingPipe_seesRingAndQueue_andDisturbsNothing() {
        LogPipe pipe = open(StoreKind.CHRONICLE);
        pipe.flush().block();
        pipe.offer(Severity.INFO, "scope", "body");
        pipe.flush().block();

        assertThat(PipeInspector.of(directory).verify())
                .allMatch(PipeInspector.Part::isWhole)
                .anyMatch(part -> part.store().equals("ring"))
                .anyMatch(part -> part.store().equals("chronicle") && part.records() == 1);
        assertThat(pipe.offer(Severity.INFO, "scope", "another")).isTrue();
        pipe.flush().block();
        assertThat(pipe.store().kind()).isEqualTo(StoreKind.CHRONICLE);
        assertThat(pipe.held()).isEqualTo(2);
    }

    @Test
    void of_noDirectory_isRefused() {
        assertThatThrownBy(() -> PipeInspector.of(directory.resolve("nowhere")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere");
    }
}
