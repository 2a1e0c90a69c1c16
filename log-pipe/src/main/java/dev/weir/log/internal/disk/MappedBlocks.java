// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The blocks of files that are mapped: a full disk must be an exception before, and not a fault later. Stateless. */
public final class MappedBlocks {

    private MappedBlocks() {}

    /**
     * Makes a file of zeros that has all its blocks.
     *
     * @throws FileAlreadyExistsException when it is there already; it stays as it is
     * @throws IOException when there is no room for it; there is no file then
     */
    public static void create(Path file, long bytes) throws IOException {
        try (FileChannel channel = PrivateFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate(64 << 10);
            for (long at = 0; at < bytes; ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
                at += channel.write(zeros, at);
            }
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }
}
