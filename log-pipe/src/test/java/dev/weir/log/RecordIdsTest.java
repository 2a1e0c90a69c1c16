// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ids that are given as texts: a text that is no id must not become another one. */
class RecordIdsTest extends RecordFixture {

    @ParameterizedTest
    @CsvSource({
        "0af7651916cd43dd8448eb211c80319c, b7ad6b7169203331, 0af7651916cd43dd8448eb211c80319c, b7ad6b7169203331",
        "00000000000000008448eb211c80319c, b7ad6b7169203331, 00000000000000008448eb211c80319c, b7ad6b7169203331",
        "0af7651916cd43dd8448eb211c80319c, b7ad6b716920333X, 0af7651916cd43dd8448eb211c80319c, ''",
        "0af7651916cd43dd8448eb211c80319c, b7ad, 0af7651916cd43dd8448eb211c80319c, ''",
        "0af7651916cd43dX8448eb211c80319c, b7ad6b7169203331, '', ''",
        "0af7651916cd43dd8448eb211c80319X, b7ad6b7169203331, '', ''",
        "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz, b7ad6b7169203331, '', ''",
        "00000000000000000000000000000000, b7ad6b7169203331, '', ''",
        "0af7651916cd43dd8448eb211c80319, b7ad6b7169203331, '', ''",
    })
    void hexIds(String traceId, String spanId, String trace, String span) {
        Received.Line line = received(record -> record.hexIds(traceId, spanId, 1));

        assertThat(line.traceId()).isEqualTo(trace);
        assertThat(line.spanId()).isEqualTo(span);
    }
}
