// SPDX-License-Identifier: Apache-2.0
package dev.weir.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The directory of a pipe, locked for this process by the kernel: the lock ends with the process, whatever its id was. */
final class PipeDirectory implements AutoCloseable {

    private static final String LOCK = "pipe.lock";

    private final Path path;
    private final FileChannel channel;
    private final FileLock lock;

    private PipeDirectory(Path path, FileChannel channel, FileLock lock) {
        this.path = path;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory if need be and locks it.
     *
     * @throws IOException when it cannot be written to or another pipe has it; the message says which
     */
    static PipeDirectory open(Path path) throws IOException {
        createPrivate(path);
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException(path + " is used by another process");
            }
            return new PipeDirectory(path, channel, lock);
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw new IOException(path + " is used by another pipe of this process", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Logs can hold what is nobody else's business. */
    private static void createPrivate(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return;
        }
        FileAttribute<?>[] attributes =
                path.getFileSystem().supportedFileAttributeViews().contains("posix")
                        ? new FileAttribute<?>[] {
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
                        }
                        : new FileAttribute<?>[0];
        Files.createDirectories(path, attributes);
    }

    Path path() {
        return path;
    }

    Path file(String name) {
        return path.resolve(name);
    }

    /** Where the ring's file with {@code number} is. */
    Path ring(Path ringDirectory, long number) {
        return ringDirectory.resolve(ringPrefix(ringDirectory) + String.format(Locale.ROOT, "%08d.dat", number));
    }

    private String ringPrefix(Path ringDirectory) {
        return ringDirectory.equals(path)
                ? "ring-"
                : "weir-ring-"
                        + Integer.toHexString(path.toAbsolutePath().toString().hashCode()) + "-";
    }

    /** The rings that earlier runs left, oldest first. */
    List<Path> rings(Path ringDirectory) throws IOException {
        Pattern name = Pattern.compile(Pattern.quote(ringPrefix(ringDirectory)) + "\\d{8}\\.dat");
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(ringDirectory)) {
            for (Path file : files) {
                if (name.matcher(file.getFileName().toString()).matches()) {
                    found.add(file);
                }
            }
        }
        found.sort(Comparator.comparing(file -> file.getFileName().toString()));
        return found;
    }

    /** The number in the name of a ring's file. */
    static long ringNumber(Path ring) {
        String name = ring.getFileName().toString();
        return Long.parseLong(name.substring(name.length() - 12, name.length() - 4));
    }

    @Override
    public void close() {
        try {
            lock.release();
            channel.close();
        } catch (IOException releasedWithTheProcess) {
            // The kernel lets go of it at the latest when the process ends.
        }
    }
}
