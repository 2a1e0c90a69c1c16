// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What victims note about their records: a mapped file for each run, which survives the kill and is seen by other
 * processes at once. It has the number of accepted records of each thread, then a byte for each record: how often it
 * was delivered, by whatever run. Threads and records are numbered across runs.
 */
final class Notes {

    static final int THREADS = 2;
    static final int MAX = 1 << 20;

    private static final int DAMAGED = 32;
    private static final int REACHED = 40;
    private static final int HEADER = 64;

    private final Path directory;
    private final Map<Integer, MappedByteBuffer> runs = new ConcurrentHashMap<>();

    Notes(Path directory) {
        this.directory = directory;
    }

    static int thread(int run, int number) {
        return run * THREADS + number;
    }

    static long id(int thread, int number) {
        return (long) thread << 32 | number;
    }

    static int threadOf(long id) {
        return (int) (id >>> 32);
    }

    static int numberOf(long id) {
        return (int) id;
    }

    void accepted(int thread, int records) {
        of(thread / THREADS).putInt(Integer.BYTES * (thread % THREADS), records);
    }

    int accepted(int thread) {
        return of(thread / THREADS).getInt(Integer.BYTES * (thread % THREADS));
    }

    void delivered(long id) {
        MappedByteBuffer of = of(threadOf(id) / THREADS);
        of.put(place(id), (byte) Math.min(Byte.MAX_VALUE, of.get(place(id)) + 1));
    }

    int deliveries(long id) {
        return of(threadOf(id) / THREADS).get(place(id));
    }

    private static int place(long id) {
        return HEADER + threadOf(id) % THREADS * MAX + numberOf(id);
    }

    void damaged(int run, long places) {
        of(run).putLong(DAMAGED, places);
    }

    long damaged(int run) {
        return of(run).getLong(DAMAGED);
    }

    /** The victim has come to where it can be killed. */
    void reached(int run) {
        of(run).put(REACHED, (byte) 1);
    }

    boolean isReached(int run) {
        return of(run).get(REACHED) != 0;
    }

    private MappedByteBuffer of(int run) {
        return runs.computeIfAbsent(run, this::map);
    }

    private MappedByteBuffer map(int run) {
        try (FileChannel channel = FileChannel.open(
                directory.resolve("notes" + run),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, HEADER + (long) THREADS * MAX);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
