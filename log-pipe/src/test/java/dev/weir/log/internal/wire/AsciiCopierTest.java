// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AsciiCopierTest {

    private final AsciiCopier copier = new AsciiCopier();
    private final byte[] target = new byte[300];

    @Test
    void ascii_isCopied_ofAnyLength() {
        for (int length = 0; length < 200; length++) {
            String text = "abcdefghijklmnopqrstuvwxyz\u007f ".repeat(8).substring(0, length);

            assertThat(copier.copy(text, length, target, 3)).isTrue();
            assertThat(new String(target, 3, length, StandardCharsets.US_ASCII)).isEqualTo(text);
        }
    }

    @Test
    void oneCharacterThatIsNot_isSeen_whereverItIs() {
        for (char other : new char[] {'\u0080', 'é', 'ÿ', 'Ā', '\u0141', '\ud83d'}) {
            for (int length = 1; length < 100; length++) {
                for (int at = 0; at < length; at++) {
                    String text = "x".repeat(at) + other + "x".repeat(length - at - 1);

                    assertThat(copier.copy(text, length, target, at % 8))
                            .as("%x at %d of %d", (int) other, at, length)
                            .isFalse();
                }
            }
        }
    }
}
