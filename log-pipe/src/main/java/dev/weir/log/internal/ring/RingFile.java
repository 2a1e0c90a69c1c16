// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.ring;

import dev.weir.log.internal.disk.MappedBlocks;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Ring} in a mapped file, with all that is needed to read it after the death of its process.
 *
 * <pre>
 *     0  magic "WEIRRING"
 *     8  version, 4 bytes
 *    12  bytes of the catalog, 4
 *    16  capacity, 4
 *    24  run id, 8
 *    32  crc32c of 0…31, 4
 *    40  position behind the last released frame, 8
 *  4096  catalog: resource and scopes of the run
 *     …  ring
 * </pre>
 *
 * <p>The file is written with zeros before it is mapped, so that its blocks exist and a full disk is an exception here
 * and not a fault of a caller.
 */
public final class RingFile implements FrameSource {

    static final long MAGIC = 0x474e495252494557L;
    static final int VERSION = 1;
    static final int HEADER_BYTES = 4096;
    static final int CATALOG_BYTES = 256 << 10;
    static final int HEAD = 40;

    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** What became of the file. */
    public enum Condition {
        WHOLE,
        /** Another file or none is in its place: its memory is good, and dies with the process. */
        GONE,
        /** It is shorter: an access to the memory behind its end kills the process. */
        CUT
    }

    private final Path path;
    private final long bytes;
    private final @Nullable Object fileKey;
    private final ByteBuffer header;
    private final Ring ring;

    private RingFile(Path path, long bytes, @Nullable Object fileKey, ByteBuffer header, Ring ring) {
        this.path = path;
        this.bytes = bytes;
        this.fileKey = fileKey;
        this.header = header;
        this.ring = ring;
    }

    /**
     * Makes a ring of {@code run} in a new file, which has all scopes.
     *
     * @param first the position of its first record
     * @throws IOException when the file exists or cannot be written
     */
    public static RingFile create(Path path, RingRun run, long first) throws IOException {
        int capacity = run.capacity();
        byte[] resource = run.resource();
        long bytes = (long) HEADER_BYTES + CATALOG_BYTES + capacity;
        ByteBuffer header;
        ByteBuffer catalogMemory;
        ByteBuffer memory;
        Object fileKey;
        MappedBlocks.create(path, bytes);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            header = channel.map(MapMode.READ_WRITE, 0, HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            catalogMemory = channel.map(MapMode.READ_WRITE, HEADER_BYTES, CATALOG_BYTES);
            memory = channel.map(MapMode.READ_WRITE, HEADER_BYTES + CATALOG_BYTES, capacity);
            fileKey = attributes(path).fileKey();
        } catch (IOException | RuntimeException | Error e) {
            Files.deleteIfExists(path);
            throw e;
        }
        RingCatalog catalog = new RingCatalog(catalogMemory);
        byte[] runId = ByteBuffer.allocate(Long.BYTES).putLong(0, run.runId()).array();
        if (!catalog.add(RingCatalog.RESOURCE, 0, resource) || !catalog.add(RingCatalog.RUN, 0, runId)) {
            Files.deleteIfExists(path);
            throw new IOException("the resource has " + resource.length + " bytes, at most "
                    + (CATALOG_BYTES - 2 * Frame.HEADER - runId.length) + " fit");
        }
        header.putLong(0, MAGIC)
                .putInt(8, VERSION)
                .putInt(12, CATALOG_BYTES)
                .putInt(16, capacity)
                .putLong(24, run.runId())
                .putLong(HEAD, first);
        header.putInt(32, headerCrc(header));
        run.scopes().moveTo(catalog);
        return new RingFile(path, bytes, fileKey, header, new Ring(memory, run.producers(), first));
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    /** Looks at the file. Any thread. */
    public Condition condition() {
        try {
            BasicFileAttributes now = attributes(path);
            if (!Objects.equals(now.fileKey(), fileKey)) {
                return Condition.GONE;
            }
            return now.size() < bytes ? Condition.CUT : Condition.WHOLE;
        } catch (NoSuchFileException e) {
            return Condition.GONE;
        } catch (IOException nobodyKnows) {
            return Condition.WHOLE;
        }
    }

    static int headerCrc(ByteBuffer header) {
        CRC32C crc = new CRC32C();
        crc.update(header.duplicate().clear().limit(32));
        return (int) crc.getValue();
    }

    public Ring ring() {
        return ring;
    }

    public Path path() {
        return path;
    }

    @Override
    public int poll(FrameConsumer frames) {
        return ring.poll(frames);
    }

    @Override
    public long polled() {
        return ring.polled();
    }

    @Override
    public void copy(int offset, ByteBuffer target, int targetOffset, int length) {
        ring.copy(offset, target, targetOffset, length);
    }

    /** First the file forgets the frames, then their memory is given back. */
    @Override
    public void release() {
        LONGS.setRelease(header, HEAD, ring.polled());
        ring.release();
    }

    /** Removes the file; only once nothing in it is needed. */
    public void delete() {
        try {
            Files.deleteIfExists(path);
        } catch (IOException leftForTheNextRun) {
            // An empty ring costs the next run one look.
        }
    }
}
