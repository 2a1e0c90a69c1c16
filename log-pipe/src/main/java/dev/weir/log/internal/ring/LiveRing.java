// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.ring.RingFile.Condition;
import org.jspecify.annotations.Nullable;

/** A ring of this run, in a file or in plain memory, and what its consumer needs. Only the consumer uses it, except methods that say otherwise. */
public final class LiveRing {

    private final Ring ring;
    private final @Nullable RingFile file;
    private final RingHealer healer;
    private volatile Condition condition;

    private LiveRing(Ring ring, @Nullable RingFile file) {
        this.ring = ring;
        this.file = file;
        this.healer = new RingHealer(ring);
        this.condition = file == null ? Condition.GONE : Condition.WHOLE;
    }

    public static LiveRing inMemory(Ring ring) {
        return new LiveRing(ring, null);
    }

    public static LiveRing inFile(RingFile file) {
        return new LiveRing(file.ring(), file);
    }

    /** Any thread. */
    public Ring ring() {
        return ring;
    }

    /** Null in plain memory. */
    public @Nullable RingFile file() {
        return file;
    }

    /** What is in the ring; released, it is gone from the file, too. */
    public FrameSource frames() {
        return file == null ? ring : file;
    }

    public RingHealer healer() {
        return healer;
    }

    /** Looks at the file; in plain memory that is gone. A file that was cut stays so. */
    public Condition look() {
        if (file != null && condition != Condition.CUT) {
            condition = file.condition();
        }
        return condition;
    }

    /** Whether it outlives the process, as the last look saw it. Any thread. */
    public boolean isDurable() {
        return condition == Condition.WHOLE;
    }

    /** Whether its memory must not be touched any more. */
    public boolean isCut() {
        return condition == Condition.CUT;
    }

    /** Nothing in it is needed any more. */
    public void end() {
        if (file != null && condition != Condition.GONE) {
            file.delete();
        }
    }
}
