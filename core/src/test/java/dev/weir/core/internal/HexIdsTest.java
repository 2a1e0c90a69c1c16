// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HexIdsTest {

    @Property
    void parse_isTheInverseOfWriting(@ForAll long high, @ForAll long low) {
        String text = HexIds.traceId(high, low);

        assertThat(text).hasSize(32).matches("[0-9a-f]+").isEqualTo(String.format("%016x%016x", high, low));
        assertThat(HexIds.parse(text, 0)).isEqualTo(high);
        assertThat(HexIds.parse(text, 16)).isEqualTo(low);
        assertThat(HexIds.parse(HexIds.spanId(low), 0)).isEqualTo(low);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "b7ad6b716920333G",
                "B7AD6B7169203331",
                "b7ad6b716920333 ",
                "b7ad6b716920333\u00e4",
                "\u4e2d7ad6b7169203331"
            })
    void parse_ofAnythingButLowerCaseHex_isZero(String text) {
        assertThat(HexIds.parse(text, 0)).isZero();
    }

    @Test
    void write_fillsExactlySixteenBytes() {
        byte[] target = new byte[18];

        HexIds.write(0x0123456789abcdefL, target, 1);

        assertThat(new String(target, java.nio.charset.StandardCharsets.ISO_8859_1))
                .isEqualTo("\0" + "0123456789abcdef" + "\0");
    }
}
