// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Files and directories that only their owner can read: logs can hold private data. Stateless. Where the file
 * system knows no owners, it does what the system does by default.
 */
public final class PrivateFiles {

    private static final Set<PosixFilePermission> OF_A_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OF_A_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<?>[] NONE = {};

    private PrivateFiles() {}

    /** Opens {@code file}; one that is made by that is readable by its owner only. Follows no symbolic link. */
    public static FileChannel open(Path file, OpenOption... options) throws IOException {
        Set<OpenOption> all = new LinkedHashSet<>(List.of(options));
        all.add(LinkOption.NOFOLLOW_LINKS);
        return FileChannel.open(file, all, attributes(file, OF_A_FILE));
    }

    /** Makes the directories that are missing, each for its owner only. */
    public static Path directories(Path directory) throws IOException {
        return Files.isDirectory(directory)
                ? directory
                : Files.createDirectories(directory, attributes(directory, OF_A_DIRECTORY));
    }

    /**
     * Makes {@code directory} if it is not there, and checks that it belongs to this process's user: a place that others
     * can guess, below a folder that all users can write to, may have been made by another user.
     *
     * @throws IOException when it is a link or belongs to another user; the message says which
     */
    public static void claim(Path directory) throws IOException {
        directories(directory);
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(directory + " is a symbolic link");
        }
        Set<String> views = directory.getFileSystem().supportedFileAttributeViews();
        if (!views.contains("unix")) {
            return;
        }
        Path mine = Files.createTempFile(directory, "owner", null);
        Object me = Files.getAttribute(mine, "unix:uid");
        Files.delete(mine);
        if (!me.equals(Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS))) {
            throw new IOException(directory + " belongs to another user");
        }
        Files.setPosixFilePermissions(directory, OF_A_DIRECTORY);
    }

    private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : NONE;
    }
}
