// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.spool;

import dev.weir.log.internal.disk.PipeDirectory;
import dev.weir.log.internal.pipe.Leftovers;
import dev.weir.log.internal.store.JournalLimits;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the spools of a pipe keep their batches.
 *
 * @param home gives the directory of the pipe; null as long as it cannot be used
 * @param inFiles whether batches are to be in files
 * @param onDisk the limits of a spool in files
 * @param inMemory the limits of a spool in memory
 * @param runId the number of this run
 * @param leftovers what other instances left
 */
public record SpoolPlace(
        Supplier<@Nullable PipeDirectory> home,
        boolean inFiles,
        JournalLimits onDisk,
        JournalLimits inMemory,
        long runId,
        Leftovers leftovers) {}
