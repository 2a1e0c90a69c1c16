// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.internal.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads and writes heap memory in parts. For each thread the JDK keeps a direct buffer as large as the largest transfer
 * of heap memory that it has made, for good. Stateless.
 */
public final class Transfers {

    private static final int MOST = 256 << 10;

    private Transfers() {}

    /** As {@link FileChannel#read(ByteBuffer, long)}, perhaps less. */
    public static int read(FileChannel channel, ByteBuffer to, long at) throws IOException {
        int limit = to.limit();
        try {
            to.limit(Math.min(limit, to.position() + MOST));
            return channel.read(to, at);
        } finally {
            to.limit(limit);
        }
    }

    /** As {@link FileChannel#write(ByteBuffer, long)}, perhaps less. */
    public static int write(FileChannel channel, ByteBuffer from, long at) throws IOException {
        int limit = from.limit();
        try {
            from.limit(Math.min(limit, from.position() + MOST));
            return channel.write(from, at);
        } finally {
            from.limit(limit);
        }
    }
}
