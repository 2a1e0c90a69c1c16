// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.spi.Spool;

/** The spool of a pipe whose records are in plain files. */
class PipeSpoolTest extends SpoolContract {

    @Override
    Spool openSpool() {
        return openSpool(StoreKind.FILE);
    }

    final Spool openSpool(StoreKind store) {
        return open(builder -> builder.store(store).segmentBytes(1 << 20).maxBytes(8 << 20))
                .spool("otlp");
    }

    /** The spool of a pipe whose records are in a Chronicle Queue. */
    static final class OfChronicleTest extends PipeSpoolTest {

        @Override
        Spool openSpool() {
            return openSpool(StoreKind.CHRONICLE);
        }
    }
}
