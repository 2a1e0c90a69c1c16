// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.spool;

import dev.weir.core.Signal;
import dev.weir.core.TelemetryLoop;
import dev.weir.core.TelemetryRuntime;
import dev.weir.core.internal.Deadline;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import dev.weir.log.internal.pipe.LoopCall;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Spool} of files, one journal for each signal; in memory where the pipe has no directory. It refuses when it
 * is full, as the caller accounts for what is inside; what it must give up by itself (age, damage) it counts as dropped
 * in the ledger.
 *
 * <p>Files and not Chronicle: a batch can be larger than one of its blocks.
 */
public final class PipeSpool implements Spool {

    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final String name;
    private final TelemetryLoop io;
    private final Map<Signal, SignalSpool> signals = new EnumMap<>(Signal.class);
    private final SignalSpool[] all;
    private volatile boolean closed;

    private PipeSpool(String name, SpoolPlace where, TelemetryRuntime runtime) {
        this.name = name;
        this.io = runtime.threads().io();
        for (Signal signal : Signal.values()) {
            signals.put(signal, new SignalSpool(signal, name, where, runtime));
        }
        this.all = signals.values().toArray(SignalSpool[]::new);
    }

    /** Whether it is open and has this name. */
    public boolean is(String name) {
        return !closed && this.name.equals(name);
    }

    public static PipeSpool open(String name, SpoolPlace where, TelemetryRuntime runtime) {
        if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException("name is \"" + name + "\", allowed: 1…64 letters, digits, - and _");
        }
        PipeSpool spool = new PipeSpool(name, where, runtime);
        // Counts what an earlier run left before the first question, and the caller does not wait for the disk.
        spool.io.execute(() -> spool.signals.values().forEach(SignalSpool::journal));
        return spool;
    }

    private SignalSpool of(Signal signal) {
        SignalSpool spool = signals.get(signal);
        if (spool == null) {
            throw new IllegalArgumentException("no spool for " + signal);
        }
        return spool;
    }

    @Override
    public boolean offer(Signal signal, int records, ByteBuffer body) {
        return !closed && of(signal).offer(records, body);
    }

    @Override
    public @Nullable EncodedBatch poll(Signal signal) {
        return closed ? null : of(signal).poll();
    }

    @Override
    public long records(Signal signal) {
        return of(signal).records();
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (SignalSpool spool : signals.values()) {
            bytes += spool.bytes();
        }
        return bytes;
    }

    @Override
    public boolean isDurable() {
        return signals.values().stream().allMatch(SignalSpool::isDurable);
    }

    @Override
    public boolean isDurable(Signal signal) {
        return of(signal).isDurable();
    }

    /** Whether something was offered that is not on the medium, or is in memory and could be in a file. */
    public boolean needsCare() {
        if (!closed) {
            for (SignalSpool spool : all) {
                if (spool.needsCare()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Puts what was offered on the medium. */
    public void force() {
        if (!closed) {
            for (SignalSpool spool : all) {
                spool.force();
            }
        }
    }

    /** Gives up what is too old; to be called each second. */
    public void expire() {
        if (!closed) {
            for (SignalSpool spool : all) {
                spool.expire();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LoopCall.run(io, () -> signals.values().forEach(SignalSpool::close), Deadline.in(CLOSE));
    }
}
