// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class AckWindowTest {

    @Property(tries = 200)
    void cursor_isBehindTheOldestOpenBatch_whateverTheOrderOfAnswers(@ForAll long seed) {
        AckWindow window = new AckWindow();
        List<AckWindow.Receipt> open = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            open.add(window.open(false));
        }
        List<AckWindow.Receipt> answers = new ArrayList<>(open);
        Collections.shuffle(answers, new Random(seed));
        for (AckWindow.Receipt receipt : answers) {
            window.settle(receipt);
            open.remove(receipt);
            assertThat(window.low()).isEqualTo(open.isEmpty() ? 50 : open.get(0).sequence - 1);
        }

        assertThat(window.low()).isEqualTo(window.last()).isEqualTo(50);
    }

    @Test
    void cutBatch_isSettledAfterAllItsParts() {
        AckWindow window = new AckWindow();
        AckWindow.Receipt receipt = window.open(false);
        receipt.split(1);
        receipt.split(1);

        window.settle(receipt);
        window.settle(receipt);
        assertThat(window.low()).isZero();
        window.settle(receipt);

        assertThat(window.low()).isEqualTo(1);
    }
}
