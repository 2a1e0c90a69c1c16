// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.core.testing.ManualTicker;
import dev.weir.log.internal.store.Journal;
import dev.weir.log.internal.store.JournalLimits;
import dev.weir.log.internal.store.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What those are told who wait for a record, in an order that no test of a whole pipe can bring about. */
class GroupCommitTest {

    private final ManualTicker ticker = new ManualTicker();
    private final GroupCommit commit = new GroupCommit(ticker, 0, () -> {});
    private final List<String> answers = new ArrayList<>();
    private Journal store;

    @BeforeEach
    void open() throws IOException {
        JournalLimits limits = new JournalLimits(1 << 20, 1 << 20, Long.MAX_VALUE, 0, true, false);
        store = Journal.open(new MemoryStore(), null, limits, ticker, (reason, records, bySeverity) -> {});
    }

    private void await(long position) {
        commit.await(position, safe -> answers.add(position + (safe ? " safe" : " lost")));
    }

    @Test
    void answersOnceItIsStored() {
        await(100);
        await(200);

        commit.run(store, 100);
        assertThat(answers).containsExactly("100 safe");

        commit.run(store, 200);
        assertThat(answers).containsExactly("100 safe", "200 safe");
        assertThat(commit.isAwaited()).isFalse();
    }

    @Test
    void recordThatMayBeLost_isNotCalledSafe_alsoToOneWhoAsksLater() {
        await(150);
        commit.lost(100, 4096);
        commit.run(store, 100);
        assertThat(answers).as("something may still be read of it").isEmpty();

        commit.run(store, 4096);
        await(100);
        await(4000);
        await(4160);
        commit.run(store, 4160);

        assertThat(answers).containsExactly("150 lost", "100 safe", "4000 lost", "4160 safe");
    }

    @Test
    void recordOfAnEarlierLoss_isNotCalledSafeBehindASecondOne() {
        commit.lost(100, 4096);
        commit.lost(5000, 8192);
        await(200);
        await(6000);
        commit.run(store, 8192);

        assertThat(answers).containsExactly("200 lost", "6000 lost");
    }

    @Test
    void whoAsksAtTheEnd_isToldThatNothingIsSafe() {
        await(100);
        commit.end();
        await(0);

        assertThat(answers).containsExactly("100 lost", "0 lost");
    }
}
