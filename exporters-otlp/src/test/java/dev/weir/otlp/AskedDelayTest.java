// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.weir.core.Settings;
import dev.weir.core.Signal;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.testing.ManualTicker;
import dev.weir.otlp.internal.pipeline.Backoff;
import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A receiver that is busy says how long to leave it alone, and says nonsense. Time moves only when a test says so. */
class AskedDelayTest extends ExportTestBase {

    private static final int REQUESTS = 6;
    private static final Duration STEP = Duration.ofMillis(5);

    private final ManualTicker ticker = new ManualTicker();
    private final GrpcReceiver grpc = new GrpcReceiver();
    private TelemetryRuntime runtime;

    @BeforeEach
    void start() {
        runtime = TelemetryRuntime.create(
                Settings.builder().set("weir.otlp.max.age", "24h").build(), ticker);
    }

    @AfterEach
    void end() {
        export.close(Duration.ZERO);
        grpc.close();
        runtime.close();
    }

    private void export(OtlpProtocol protocol, String url) {
        use(OtlpExport.builder()
                .endpoint(url)
                .protocol(protocol)
                .runtime(runtime)
                .timeout(Duration.ZERO)
                .linger(STEP));
    }

    @ParameterizedTest
    @CsvSource({
        "429, 0",
        "503, 0",
        "429, 00000",
        "503, -1",
        "503, -99999999999999999999",
        "429, 0.01",
        "429, 'Thu, 01 Jan 1970 00:00:00 GMT'"
    })
    void retryAfter_thatAsksForNoPause_backsOffAsIfItWereNotThere(int status, String value) {
        receiver.answerAlways(Receiver.status(status, "Retry-After", value));
        export(OtlpProtocol.HTTP_PROTOBUF, receiver.url());

        assertBacksOff(receiver.requests::size);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 99_999_999, -1})
    void retryInfo_thatAsksForNoPause_backsOff(long nanos) {
        byte[] details = retryInfo(duration(0, nanos));
        for (int i = 0; i <= REQUESTS; i++) {
            grpc.refuseNext(Status.RESOURCE_EXHAUSTED, details);
        }
        export(OtlpProtocol.GRPC, grpc.url());

        assertBacksOff(grpc.calls::get);
    }

    @ParameterizedTest
    @ValueSource(strings = {"without a delay", "without a value", "of negative seconds"})
    void retryInfo_thatSaysNothing_isStillAPromiseThatARetryMayWork(String how) {
        byte[] details = switch (how) {
            case "without a delay" -> retryInfo(new byte[0]);
            case "without a value" -> status(any(ByteString.EMPTY));
            default -> retryInfo(duration(-5, 0));
        };
        for (int i = 0; i <= REQUESTS; i++) {
            grpc.refuseNext(Status.RESOURCE_EXHAUSTED, details);
        }
        export(OtlpProtocol.GRPC, grpc.url());

        assertBacksOff(grpc.calls::get);
    }

    @ParameterizedTest
    @ValueSource(longs = {601, 1L << 40, Long.MAX_VALUE})
    void retryInfo_farAway_isCutToTenMinutes(long seconds) {
        grpc.refuseNext(Status.UNAVAILABLE, retryInfo(duration(seconds, 0)));
        export(OtlpProtocol.GRPC, grpc.url());
        spans(1);
        moveUntil(() -> export.status().of(Signal.TRACES).state().equals("throttled"));

        ticker.advance(Duration.ofSeconds(599));
        settle();
        assertThat(grpc.calls).hasValue(1);

        ticker.advance(Duration.ofSeconds(62));
        soon().until(() -> account(Signal.TRACES).delivered() == 1);
    }

    /** Each of the next requests comes at least the least backoff after the one before, and nobody calls it a throttle. */
    private void assertBacksOff(IntSupplier requests) {
        spans(5);
        moveUntil(() -> requests.getAsInt() == 1);
        for (int made = 1; made < REQUESTS; made++) {
            soon().until(() -> export.status().of(Signal.TRACES).inFlight() == 0
                    && !export.status().of(Signal.TRACES).state().equals("up"));
            settle();
            assertThat(requests.getAsInt()).as("while no time passes").isEqualTo(made);
            assertThat(export.status().of(Signal.TRACES).state()).isEqualTo("backoff");

            ticker.advance(Backoff.MIN.minusNanos(1));
            settle();
            assertThat(requests.getAsInt()).as("before the least backoff").isEqualTo(made);

            int expected = made + 1;
            moveUntil(() -> requests.getAsInt() == expected);
        }
        assertThat(account(Signal.TRACES).queued()).isEqualTo(5);
        assertThat(account(Signal.TRACES).droppedTotal()).isZero();
    }

    /** What was due has begun: the worker has gone round, and a request that it sent was answered. */
    private void settle() {
        for (int round = 0; round < 3; round++) {
            CountDownLatch latch = new CountDownLatch(1);
            runtime.threads().worker().execute(latch::countDown);
            try {
                assertThat(latch.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            soon().until(() -> export.status().of(Signal.TRACES).inFlight() == 0);
        }
    }

    private static ConditionFactory soon() {
        return await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
    }

    private void moveUntil(java.util.concurrent.Callable<Boolean> state) {
        soon().until(() -> {
            boolean reached = state.call();
            if (!reached) {
                ticker.advance(STEP);
            }
            return reached;
        });
    }

    private static byte[] duration(long seconds, long nanos) {
        return UnknownFieldSet.newBuilder()
                .addField(1, varint(seconds))
                .addField(2, varint(nanos))
                .build()
                .toByteArray();
    }

    private static UnknownFieldSet.Field varint(long value) {
        return UnknownFieldSet.Field.newBuilder().addVarint(value).build();
    }

    private static byte[] retryInfo(byte[] duration) {
        return status(any(field(1, ByteString.copyFrom(duration))));
    }

    private static ByteString any(ByteString value) {
        return Any.newBuilder()
                .setTypeUrl("type.googleapis.com/google.rpc.RetryInfo")
                .setValue(value)
                .build()
                .toByteString();
    }

    /** google.rpc.Status with one detail. */
    private static byte[] status(ByteString detail) {
        return field(3, detail).toByteArray();
    }

    private static ByteString field(int number, ByteString content) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(content)
                                .build())
                .build()
                .toByteString();
    }
}
