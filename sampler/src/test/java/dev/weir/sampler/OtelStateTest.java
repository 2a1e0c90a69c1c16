// SPDX-License-Identifier: Apache-2.0
package dev.weir.sampler;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.TraceState;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtelStateTest {

    @ParameterizedTest
    @CsvSource({
        "th:0, 0",
        "th:8, 36028797018963968",
        "th:80, 36028797018963968",
        "th:80000000000000, 36028797018963968",
        "rv:00000000000000;th:8, 36028797018963968",
        "a:b;th:8;c:d, 36028797018963968",
        "th:ffffffffffffff, 72057594037927935"
    })
    void threshold_isReadWithZerosOnTheRight(String ot, long expected) {
        assertThat(OtelState.threshold(ot)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";",
                "th",
                "th:",
                "th:;",
                "th:g",
                "th:8A",
                "th:123456789012345",
                "xth:8",
                "a:th:8",
                "tha:8",
                "th: 8",
                "a;b;c",
                "th:8 "
            })
    void threshold_thatIsNotWellFormed_isNone(String ot) {
        assertThat(OtelState.threshold(ot)).isEqualTo(OtelState.NONE);
        assertThat(OtelState.threshold(null)).isEqualTo(OtelState.NONE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rv:0000000000000", "rv:000000000000000", "rv:0000000000000G", "rv:", "th:00000000000000"})
    void randomValue_needsFourteenDigits(String ot) {
        assertThat(OtelState.randomValue(ot)).isEqualTo(OtelState.NONE);
    }

    @Test
    void aLongValue_losesWhatDoesNotFit() {
        String unknown = "k:" + "x".repeat(240);
        TraceState state = TraceState.builder().put("ot", unknown + ";l:123456").build();

        TraceState updated = OtelState.withThreshold(state, "fd70a");

        assertThat(updated.get("ot")).isEqualTo("th:fd70a;" + unknown);
        assertThat(updated.get("ot").length()).isLessThanOrEqualTo(256);
    }

    @Property(tries = 20_000)
    void anything_isReadAndRewrittenWithoutAnException(
            @ForAll
                    @Chars({':', ';', 't', 'h', 'r', 'v', '0', '8', 'f'})
                    @CharRange(from = ' ', to = '~')
                    @StringLength(max = 60)
                    String ot) {
        TraceState state = TraceState.builder().put("ot", ot).put("rojo", "1").build();
        String taken = state.get("ot");
        long random = OtelState.randomValue(taken);

        TraceState dropped = OtelState.withThreshold(state, null);
        TraceState kept = OtelState.withThreshold(state, "fd70a");

        assertThat(OtelState.hasThreshold(dropped.get("ot"))).isFalse();
        assertThat(OtelState.threshold(kept.get("ot"))).isEqualTo(0xfd70a000000000L);
        assertThat(OtelState.randomValue(kept.get("ot"))).isEqualTo(random);
        assertThat(OtelState.randomValue(dropped.get("ot"))).isEqualTo(random);
        assertThat(kept.get("rojo")).isEqualTo("1");
        assertThat(dropped.get("rojo")).isEqualTo("1");
    }

    @Test
    void randomness_isTheEndOfTheTraceId() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 10_000; i++) {
            long value = random.nextLong(Threshold.VALUES);
            String traceId = "0123456789abcdef00" + Threshold.hex(value);
            assertThat(Randomness.ofTraceId(traceId)).isEqualTo(value);
            assertThat(Randomness.of(traceId, "th:0")).isEqualTo(value);
            long other = random.nextLong(Threshold.VALUES);
            for (long rejected :
                    new long[] {0, 1, value - 1, value, value + 1, other, Threshold.VALUES - 1, Threshold.VALUES}) {
                assertThat(Randomness.isAtLeast(traceId, rejected)).isEqualTo(value >= rejected);
            }
            assertThat(Randomness.of(traceId, "rv:" + Threshold.hex(value ^ 1))).isEqualTo(value ^ 1);
        }
        assertThat(Randomness.ofTraceId("short")).isZero();
    }
}
