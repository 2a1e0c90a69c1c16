// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.core.Ticker;
import dev.weir.log.internal.ring.FrameSource;
import dev.weir.log.internal.ring.Ring;
import dev.weir.log.internal.ring.RingFile;
import dev.weir.log.internal.ring.Scopes;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pipe is put together from.
 *
 * @param frames the ring as the writer sees it: with its file, if it has one
 * @param oldRings files of rings that earlier runs left, oldest first
 * @param fsyncNanos the interval of the group commit; 0 for none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record PipeParts(
        Ticker ticker,
        StoreOpener opener,
        Ring ring,
        FrameSource frames,
        Scopes scopes,
        @Nullable RingFile ringFile,
        List<Path> oldRings,
        long runId,
        byte[] resource,
        long fsyncNanos) {}
