// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.store;

import dev.weir.log.internal.disk.Directories;
import dev.weir.log.internal.disk.PrivateFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The files of a store's segments: what there is, what must still be forced, what was set aside. One thread. */
final class SegmentFiles {

    /** How many files are kept that cannot be read. */
    private static final int KEPT_ASIDE = 2;

    /** Opens a file; for tests of failing disks. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, OpenOption... options) throws IOException;
    }

    private final Path directory;
    private final SegmentNames names;
    private final Opener opener;
    /** Ended since the last fsync, which is for them, too. */
    private final List<Long> unforced = new ArrayList<>();

    private final EntryReader.Spare spare = new EntryReader.Spare();

    SegmentFiles(Path directory, SegmentNames names, Opener opener) {
        this.directory = directory;
        this.names = names;
        this.opener = opener;
    }

    Path directory() {
        return directory;
    }

    FileChannel open(Path path, OpenOption... options) throws IOException {
        return opener.open(path, options);
    }

    /** Where a segment is, or where it is to be made. */
    Path path(long segment) {
        Path path = directory.resolve(names.name(segment));
        if (!Files.exists(path)) {
            Path ended = directory.resolve(names.endedName(segment));
            if (Files.exists(ended)) {
                return ended;
            }
        }
        return path;
    }

    long[] list() throws IOException {
        TreeSet<Long> found = new TreeSet<>();
        for (Path file : Directories.list(directory)) {
            long segment = names.segment(file.getFileName().toString());
            if (segment >= 0) {
                found.add(segment);
            }
        }
        return found.stream().mapToLong(Long::longValue).toArray();
    }

    long bytes(long segment) {
        try {
            return Files.size(path(segment));
        } catch (IOException gone) {
            return 0;
        }
    }

    long usableBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    /** Reads a segment up to {@code end}, or to the end of the file where that is negative. */
    SegmentReader read(long segment, EntryReader.End end) throws IOException {
        FileChannel channel = opener.open(path(segment), StandardOpenOption.READ);
        EntryReader.End known = () -> {
            long at = end.end();
            return at < 0 ? channel.size() : at;
        };
        return new EntryReader(segment, channel, names.layout(), known, spare);
    }

    /** Nothing more is appended to {@code segment}. */
    void ended(long segment) {
        unforced.add(segment);
    }

    /** Puts on the medium what has ended. */
    void forceEnded() throws IOException {
        while (!unforced.isEmpty()) {
            Path path = path(unforced.get(0));
            if (Files.exists(path)) {
                try (FileChannel channel = opener.open(path, StandardOpenOption.WRITE)) {
                    channel.force(false);
                }
            }
            unforced.remove(0);
        }
    }

    void delete(long segment) throws IOException {
        unforced.remove(segment);
        Files.deleteIfExists(path(segment));
    }

    /** Moves a file to where only an operator reads it; the oldest file that was moved before is deleted. */
    void setAside(Path file) throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        Path aside = PrivateFiles.directories(directory.resolve("quarantine"));
        Files.move(file, aside.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        Map<Path, FileTime> kept = new TreeMap<>();
        for (Path one : Directories.list(aside)) {
            if (Files.isRegularFile(one)) {
                kept.put(one, Files.getLastModifiedTime(one));
            }
        }
        List<Path> oldestFirst = new ArrayList<>(kept.keySet());
        oldestFirst.sort(Comparator.comparing(kept::get));
        for (Path oldest : oldestFirst.subList(0, Math.max(0, oldestFirst.size() - KEPT_ASIDE))) {
            Files.deleteIfExists(oldest);
        }
    }
}
