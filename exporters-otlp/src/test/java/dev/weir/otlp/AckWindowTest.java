// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

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
    void acks_comeInOrder_whateverTheOrderOfAnswers(@ForAll long seed) {
        AckWindow window = new AckWindow();
        List<Long> acks = new ArrayList<>();
        List<AckWindow.Receipt> open = new ArrayList<>();
        for (long i = 1; i <= 50; i++) {
            long number = i;
            open.add(window.open(() -> acks.add(number)));
        }
        Collections.shuffle(open, new Random(seed));
        for (AckWindow.Receipt receipt : open) {
            window.settle(receipt);
            assertThat(window.low()).isEqualTo(acks.size());
        }

        assertThat(acks).hasSize(50).isSorted();
        assertThat(window.low()).isEqualTo(window.last()).isEqualTo(50);
    }

    @Test
    void cutBatch_isAcknowledgedAfterAllItsParts() {
        AckWindow window = new AckWindow();
        List<String> acks = new ArrayList<>();
        AckWindow.Receipt receipt = window.open(() -> acks.add("one"));
        receipt.split(1);
        receipt.split(1);

        window.settle(receipt);
        window.settle(receipt);
        assertThat(acks).isEmpty();
        window.settle(receipt);

        assertThat(acks).containsExactly("one");
    }
}
