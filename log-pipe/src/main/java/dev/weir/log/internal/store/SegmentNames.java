// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.store.EntryReader.Layout;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a kind of store calls the files of its segments. Stateless. */
enum SegmentNames {

    /** {@code seg-0000000001.weir}. */
    FILES(Layout.BACK_TO_BACK) {

        @Override
        String name(long segment) {
            return String.format(Locale.ROOT, "seg-%010d.weir", segment);
        }

        @Override
        String endedName(long segment) {
            return name(segment);
        }

        @Override
        long segment(String name) {
            Matcher number = FILE.matcher(name);
            return number.matches() ? Long.parseLong(number.group(1)) : -1;
        }
    },

    /**
     * {@code 19700101-01F.cq4}, as Chronicle Queue calls a cycle of an hour; {@code 19700101-01F.ended} where the queue
     * must not see it any more.
     */
    CHRONICLE(Layout.DOCUMENTS) {

        @Override
        String name(long segment) {
            return hour(segment) + OF_THE_QUEUE;
        }

        @Override
        String endedName(long segment) {
            return hour(segment) + ENDED;
        }

        private String hour(long segment) {
            return HOUR.format(
                    Instant.ofEpochSecond(segment * SECONDS_OF_A_CYCLE).atOffset(ZoneOffset.UTC));
        }

        @Override
        long segment(String name) {
            String suffix = name.endsWith(ENDED) ? ENDED : OF_THE_QUEUE;
            if (!name.endsWith(suffix)) {
                return -1;
            }
            try {
                LocalDateTime time = LocalDateTime.parse(name.substring(0, name.length() - suffix.length()), HOUR);
                return time.toEpochSecond(ZoneOffset.UTC) / SECONDS_OF_A_CYCLE;
            } catch (DateTimeParseException notOurs) {
                return -1;
            }
        }
    };

    static final long SECONDS_OF_A_CYCLE = 3600;
    static final String OF_THE_QUEUE = "F.cq4";
    private static final String ENDED = "F.ended";
    private static final Pattern FILE = Pattern.compile("seg-(\\d{10})\\.weir");
    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("yyyyMMdd-HH", Locale.ROOT);

    private final Layout layout;

    SegmentNames(Layout layout) {
        this.layout = layout;
    }

    Layout layout() {
        return layout;
    }

    abstract String name(long segment);

    /** What a file is called that nothing is appended to any more, if that is another name. */
    abstract String endedName(long segment);

    /** The number of the segment in a file's name; -1 when it is not one. */
    abstract long segment(String name);
}
