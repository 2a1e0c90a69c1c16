// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * The directory of a pipe, locked for this process by the kernel: the lock ends with the process, whatever its id was.
 *
 * <p>The kernel also ends it when this process closes any file descriptor of the locked file. So a request for a
 * directory that this process has is refused before a file is opened; and where the other holder belongs to another
 * class loader, which shows only once the file is open, the file stays open for good.
 */
public final class PipeDirectory implements AutoCloseable {

    private static final String LOCK = "pipe.lock";

    /** Real paths of the directories that this process has. */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    /** By real path. Must not be closed, nor collected: that would end a lock that another class loader has. */
    private static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

    private final Path path;
    private final Path realPath;
    private final FileChannel channel;
    private final FileLock lock;

    private PipeDirectory(Path path, Path realPath, FileChannel channel, FileLock lock) {
        this.path = path;
        this.realPath = realPath;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Makes the directory if need be and locks it.
     *
     * @throws IOException when it cannot be written to or another pipe has it; the message says which
     */
    public static PipeDirectory open(Path path) throws IOException {
        Path realPath = PrivateFiles.directories(path).toRealPath();
        if (!HELD.add(realPath)) {
            throw new IOException(path + " is used by another pipe of this process");
        }
        try {
            return lock(path, realPath);
        } catch (IOException | RuntimeException | Error e) {
            HELD.remove(realPath);
            throw e;
        }
    }

    /** As {@link #open}, of a place that other users can guess: it must be this user's own. */
    public static PipeDirectory openGuessable(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null) {
            PrivateFiles.claim(parent);
        }
        PrivateFiles.claim(path);
        return open(path);
    }

    private static PipeDirectory lock(Path path, Path realPath) throws IOException {
        FileChannel kept = KEPT_OPEN.remove(realPath);
        FileChannel channel = kept != null
                ? kept
                : PrivateFiles.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IOException(path + " is used by another process");
            }
            return new PipeDirectory(path, realPath, channel, lock);
        } catch (OverlappingFileLockException e) {
            KEPT_OPEN.put(realPath, channel);
            throw new IOException(path + " is used by another pipe of this process", e);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** Whether the locked file is still the one in the directory. */
    public boolean isThere() {
        try {
            return channel.isOpen()
                    && Files.isRegularFile(path.resolve(LOCK))
                    && path.toRealPath().equals(realPath);
        } catch (IOException gone) {
            return false;
        }
    }

    public Path file(String name) {
        return path.resolve(name);
    }

    /** Where the ring's file with {@code number} is. */
    public Path ring(Path ringDirectory, long number) {
        return ringDirectory.resolve(ringPrefix(ringDirectory) + String.format(Locale.ROOT, "%08d.dat", number));
    }

    private String ringPrefix(Path ringDirectory) {
        return ringDirectory.equals(path) ? "ring-" : "weir-ring-" + digest(realPath.toString()) + "-";
    }

    /** Short enough for a name, long enough that two directories never share it. */
    private static String digest(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The rings that earlier runs left, oldest first. */
    public List<Path> rings(Path ringDirectory) throws IOException {
        Pattern name = Pattern.compile(Pattern.quote(ringPrefix(ringDirectory)) + "\\d{8}\\.dat");
        List<Path> found = new ArrayList<>();
        for (Path file : Directories.list(ringDirectory)) {
            if (name.matcher(file.getFileName().toString()).matches()) {
                found.add(file);
            }
        }
        return found;
    }

    /** The number in the name of a ring's file. */
    public static long ringNumber(Path ring) {
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
        } finally {
            HELD.remove(realPath);
        }
    }
}
