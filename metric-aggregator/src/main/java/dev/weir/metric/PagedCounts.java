// SPDX-License-Identifier: Apache-2.0
package dev.weir.metric;

import org.jspecify.annotations.Nullable;

/** Integer counts by slot in pages that appear when they are first hit. Not thread-safe. */
final class PagedCounts implements Interval.Target {

    private final int[] @Nullable [] pages;

    /** The sum of each page and of each eight pages: a percentile looks at about fifty numbers, wherever it lies. */
    private final int[] pageSums;

    private final long[] groupSums;

    private static final int GROUP_SHIFT = 3;

    PagedCounts(int pages) {
        this.pages = new int[pages][];
        this.pageSums = new int[pages];
        this.groupSums = new long[(pages >>> GROUP_SHIFT) + 1];
    }

    @Override
    public void add(int slot, int hits) {
        int index = slot >>> HdrLayout.PAGE_SHIFT;
        page(index)[slot & HdrLayout.PAGE_MASK] += hits;
        pageSums[index] += hits;
        groupSums[index >>> GROUP_SHIFT] += hits;
    }

    private int[] page(int index) {
        int[] page = pages[index];
        if (page == null) {
            page = new int[HdrLayout.PAGE_SLOTS];
            pages[index] = page;
        }
        return page;
    }

    /** The slot of the record with the given rank (1 is the smallest), or -1 when there are fewer records. */
    int slotOfRank(long rank) {
        long before = 0;
        for (int group = 0; group < groupSums.length; group++) {
            if (before + groupSums[group] < rank) {
                before += groupSums[group];
                continue;
            }
            int last = Math.min(pages.length, (group + 1) << GROUP_SHIFT);
            for (int index = group << GROUP_SHIFT; index < last; index++) {
                int[] page = pages[index];
                if (page == null || before + pageSums[index] < rank) {
                    before += pageSums[index];
                    continue;
                }
                for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
                    before += page[i];
                    if (before >= rank) {
                        return (index << HdrLayout.PAGE_SHIFT) + i;
                    }
                }
            }
        }
        return -1;
    }

    /** Adds everything to a dense array. */
    void addTo(long[] target) {
        for (int index = 0; index < pages.length; index++) {
            int[] page = pages[index];
            if (page != null) {
                int base = index << HdrLayout.PAGE_SHIFT;
                for (int i = 0; i < HdrLayout.PAGE_SLOTS; i++) {
                    target[base + i] += page[i];
                }
            }
        }
    }

    /** Whether the sums fit the counts and no count is negative. For tests. */
    boolean isConsistent() {
        long[] groups = new long[groupSums.length];
        for (int index = 0; index < pages.length; index++) {
            int[] page = pages[index];
            int sum = 0;
            for (int i = 0; page != null && i < HdrLayout.PAGE_SLOTS; i++) {
                if (page[i] < 0) {
                    return false;
                }
                sum += page[i];
            }
            if (sum != pageSums[index]) {
                return false;
            }
            groups[index >>> GROUP_SHIFT] += sum;
        }
        return java.util.Arrays.equals(groups, groupSums);
    }
}
