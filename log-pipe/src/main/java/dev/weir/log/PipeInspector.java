// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import dev.weir.log.internal.disk.Directories;
import dev.weir.log.internal.ring.ChunkBuilder;
import dev.weir.log.internal.ring.OldRing;
import dev.weir.log.internal.store.Entry;
import dev.weir.log.internal.store.LogStore;
import dev.weir.log.internal.store.SegmentReader;
import dev.weir.log.internal.store.StoredFiles;
import dev.weir.log.internal.store.StoredSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the directory of a pipe, also of a running one: what is in it, whether it is whole, and the records themselves.
 * Changes nothing. Reads every byte that it reports on; not for event loops. One thread at a time.
 * Neither a lock nor a JVM flag is needed.
 *
 * @since 0.1
 */
public final class PipeInspector {

    private final Path directory;

    private PipeInspector(Path directory) {
        this.directory = directory;
    }

    /**
     * Makes an inspector. Reads nothing yet.
     *
     * @param directory of the pipe, for example the one of {@link LogPipeBuilder#directory}
     * @return an inspector of that directory
     * @throws IllegalArgumentException when it is no directory
     */
    public static PipeInspector of(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw new IllegalArgumentException("there is no directory " + directory);
        }
        return new PipeInspector(directory);
    }

    /**
     * A segment of a store, or a ring.
     *
     * @param store {@code file}, {@code chronicle}, {@code ring} or {@code spool/name/signal}
     * @param name the number of the segment or the name of the ring's file
     * @param bytes on the medium
     * @param entries whole entries; of a ring, records that no store has taken yet; -1 when it was not read
     * @param records in them, settled or not; -1 when it was not read
     * @param damaged places that are not whole; -1 when it was not read
     * @param problem why it cannot be read; null when it can
     */
    public record Part(
            String store,
            String name,
            long bytes,
            long entries,
            long records,
            long damaged,
            @Nullable String problem) {

        /** {@return whether the part can be read and all of it is whole} */
        public boolean isWhole() {
            return problem == null && damaged == 0;
        }
    }

    /**
     * Lists the parts and their sizes without reading them: entries, records and damaged are -1. Includes what was set
     * aside ({@code quarantine}).
     *
     * @return the parts in the order of their paths; the last one has a {@code problem} when a size cannot be read
     */
    public List<Part> list() {
        List<Part> parts = new ArrayList<>();
        try {
            for (Path file : Directories.tree(directory, 4)) {
                String name = file.getFileName().toString();
                boolean ring = name.matches("ring-\\d{8}\\.dat");
                if (ring || name.endsWith(".weir") || name.endsWith(".cq4") || name.endsWith(".ended")) {
                    Path parent = directory.relativize(file).getParent();
                    parts.add(new Part(
                            ring || parent == null ? "ring" : parent.toString(),
                            name,
                            Files.size(file),
                            -1,
                            -1,
                            -1,
                            null));
                }
            }
        } catch (IOException e) {
            parts.add(new Part("", "", 0, -1, -1, -1, e.toString()));
        }
        return parts;
    }

    /**
     * Reads everything and checks whether it is whole.
     *
     * @return each part, stores first, in the order of their numbers
     */
    public List<Part> verify() {
        return read((body, records) -> {});
    }

    /**
     * Reads everything and gives each entry as the complete body of an OTLP export request, in order.
     *
     * @param requests gets each entry; the buffers are valid during the call only
     * @return each part that was read, as {@link #verify} has it
     */
    public List<Part> dump(Consumer<List<ByteBuffer>> requests) {
        return read((body, records) -> requests.accept(body));
    }

    private interface Entries {
        void entry(List<ByteBuffer> request, int records);
    }

    private List<Part> read(Entries entries) {
        List<Part> parts = new ArrayList<>();
        segments("file", StoredFiles.ofFiles(directory.resolve("file")), parts, entries);
        segments("chronicle", StoredFiles.ofChronicle(directory.resolve("chronicle")), parts, entries);
        for (Path spool : children(directory.resolve("spool"))) {
            for (Path signal : children(spool)) {
                String name = "spool/" + spool.getFileName() + "/" + signal.getFileName();
                segments(name, StoredFiles.ofFiles(signal), parts, entries);
            }
        }
        for (Path file : children(directory)) {
            if (file.getFileName().toString().matches("ring-\\d{8}\\.dat")) {
                parts.add(ring(file, entries));
            }
        }
        return parts;
    }

    private static List<Path> children(Path parent) {
        if (!Files.isDirectory(parent)) {
            return List.of();
        }
        try {
            return Directories.list(parent);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static void segments(String name, LogStore store, List<Part> parts, Entries entries) {
        try {
            for (long number : store.segments()) {
                parts.add(segment(name, store, number, entries));
            }
        } catch (IOException e) {
            parts.add(new Part(name, "", 0, 0, 0, 0, e.toString()));
        }
    }

    private static Part segment(String name, LogStore store, long number, Entries entries) {
        long found = 0;
        long records = 0;
        try (SegmentReader reader = store.read(number)) {
            byte[] resource = new byte[0];
            for (ByteBuffer entry = reader.next(); entry != null; entry = reader.next()) {
                found++;
                records += Entry.records(entry);
                ByteBuffer payload = entry.duplicate().position(Entry.HEADER);
                switch (Entry.type(entry)) {
                    case Entry.SEGMENT_HEAD -> resource = StoredSegment.resource(entry);
                    case Entry.REQUEST -> entries.entry(List.of(payload), Entry.records(entry));
                    default -> entries.entry(request(resource, payload), Entry.records(entry));
                }
            }
            return new Part(name, Long.toString(number), store.bytes(number), found, records, reader.damaged(), null);
        } catch (IOException e) {
            return new Part(name, Long.toString(number), store.bytes(number), found, records, 1, e.toString());
        }
    }

    private static List<ByteBuffer> request(byte[] resource, ByteBuffer scopeLogs) {
        return List.of(ByteBuffer.wrap(LogBatch.prefix(resource, scopeLogs.remaining())), scopeLogs);
    }

    private static Part ring(Path file, Entries entries) {
        String name = file.getFileName().toString();
        try {
            OldRing ring = OldRing.open(file);
            ChunkBuilder chunk = new ChunkBuilder();
            long records = 0;
            for (chunk.reset(); ring.poll(chunk) > 0; chunk.reset()) {
                records += chunk.records();
                ByteBuffer payload = chunk.build(ring, ring.scopes()).position(Entry.HEADER);
                entries.entry(request(ring.resource(), payload), chunk.records());
            }
            // A living pipe changes what is read: damage is what a second look finds, too.
            long damaged = ring.damaged() == 0 ? 0 : Math.min(ring.damaged(), damagedIn(file));
            return new Part("ring", name, Files.size(file), records, records, damaged, null);
        } catch (IOException e) {
            return new Part("ring", name, 0, 0, 0, 1, e.toString());
        }
    }

    private static long damagedIn(Path file) throws IOException {
        OldRing ring = OldRing.open(file);
        ring.poll((offset, length, header) -> true);
        return ring.damaged();
    }
}
