// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.log.internal.spool.PipeSpool;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.sdk.resources.Resource;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several instances of a service ran, each with a directory of its own; later there is one. */
@Timeout(90)
class LeftoversTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String TEMPORARY = "java.io.tmpdir";

    @TempDir
    Path directory;

    private final String before = System.getProperty(TEMPORARY);
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @BeforeEach
    void goElsewhere() {
        System.setProperty(TEMPORARY, directory.toString());
    }

    @AfterEach
    void comeBack() throws Exception {
        System.setProperty(TEMPORARY, before);
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private LogPipe open(String service, StoreKind store, TelemetryRuntime runtime) {
        opened.push(runtime);
        LogPipe pipe = LogPipe.builder()
                .runtime(runtime)
                .store(store)
                .minFreeBytes(0)
                .resource(Resource.create(
                        io.opentelemetry.api.common.Attributes.of(AttributeKey.stringKey("service.name"), service)))
                .build();
        opened.push(pipe);
        return pipe;
    }

    private LogPipe open(String service) {
        return open(service, StoreKind.FILE, TelemetryRuntime.create());
    }

    private Path home(String name) {
        return directory.resolve("weir-" + System.getProperty("user.name")).resolve(name);
    }

    private static void offer(LogPipe pipe, String body) {
        pipe.offer(Severity.INFO, "scope", body);
        pipe.flush().block(LONG);
    }

    @Test
    void recordsOfASecondInstance_areGivenOutByTheOnlyOneThatRunsLater() {
        LogPipe first = open("shop");
        LogPipe second = open("shop");
        LogPipe third = open("shop");
        offer(first, "one");
        offer(second, "two");
        offer(third, "three");
        first.close();
        second.close();
        third.close();
        assertThat(home("shop-3")).isDirectory();

        TelemetryRuntime runtime = TelemetryRuntime.create();
        LogPipe later = open("shop", StoreKind.FILE, runtime);
        Received received = Received.from(later, runtime.ledger().of(Signal.LOGS));

        assertThat(later.drain(LONG)).isTrue();
        assertThat(received.lines).extracting(Received.Line::body).containsExactlyInAnyOrder("one", "two", "three");
        assertThat(runtime.ledger().of(Signal.LOGS).snapshot().recovered()).isEqualTo(3);
        assertThat(home("shop-2").resolve("file")).doesNotExist();
        assertThat(home("shop-3").resolve("file")).doesNotExist();
        later.close();
        LogPipe last = open("shop");
        last.flush().block(LONG);
        assertThat(last.held()).isZero();
    }

    @Test
    void directoryOfAnInstanceThatRuns_isLeftAlone() {
        LogPipe first = open("shop");
        LogPipe second = open("shop");
        offer(second, "two");
        first.close();

        LogPipe later = open("shop");
        Received received = Received.from(later);
        offer(later, "later");

        assertThat(later.drain(LONG)).isTrue();
        assertThat(received.lines).extracting(Received.Line::body).containsExactly("later");
        assertThat(second.held()).isEqualTo(1);
    }

    @Test
    void directoryOfAnotherService_isLeftAlone() {
        LogPipe other = open("shop-2x");
        offer(other, "other");
        other.close();

        LogPipe mine = open("shop");
        Received received = Received.from(mine);

        assertThat(mine.drain(LONG)).isTrue();
        assertThat(received.lines).isEmpty();
        assertThat(home("shop-2x").resolve("file")).isNotEmptyDirectory();
    }

    @Test
    void spoolOfASecondInstance_comesBack() {
        open("shop");
        TelemetryRuntime runtime = TelemetryRuntime.create();
        LogPipe second = open("shop", StoreKind.FILE, runtime);
        PipeSpool spool = (PipeSpool) second.spool("otlp");
        CompletableFuture<Boolean> offered = new CompletableFuture<>();
        runtime.threads()
                .io()
                .execute(() -> offered.complete(spool.offer(Signal.TRACES, 7, ByteBuffer.wrap(new byte[] {1, 2, 3}))));
        assertThat(offered).succeedsWithin(LONG).isEqualTo(true);
        opened.forEach(each -> {
            if (each instanceof LogPipe pipe) {
                pipe.close();
            }
        });

        TelemetryRuntime laterRuntime = TelemetryRuntime.create();
        LogPipe later = open("shop", StoreKind.FILE, laterRuntime);
        PipeSpool found = (PipeSpool) later.spool("otlp");

        await().atMost(LONG).until(() -> found.records(Signal.TRACES) == 7);
        CompletableFuture<EncodedBatch> polled = new CompletableFuture<>();
        laterRuntime.threads().io().execute(() -> polled.complete(found.poll(Signal.TRACES)));
        assertThat(polled)
                .succeedsWithin(LONG)
                .satisfies(batch -> assertThat(batch.records()).isEqualTo(7));
        assertThat(Files.exists(home("shop-2").resolve("spool").resolve("otlp").resolve("traces")))
                .isFalse();
    }

    @Test
    void pipeInMemory_takesNothing() {
        LogPipe first = open("shop");
        LogPipe second = open("shop");
        offer(second, "two");
        first.close();
        second.close();

        LogPipe inMemory = open("shop", StoreKind.MEMORY, TelemetryRuntime.create());
        Received received = Received.from(inMemory);

        assertThat(inMemory.drain(LONG)).isTrue();
        assertThat(received.lines).isEmpty();
        assertThat(home("shop-2").resolve("file")).isNotEmptyDirectory();
    }
}
