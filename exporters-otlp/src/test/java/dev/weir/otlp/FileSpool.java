// SPDX-License-Identifier: Apache-2.0
package dev.weir.otlp;

import dev.weir.core.DropReason;
import dev.weir.core.Ledger;
import dev.weir.core.Signal;
import dev.weir.core.spi.EncodedBatch;
import dev.weir.core.spi.Spool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A spool for tests: one file for each batch, found again after a restart. */
final class FileSpool implements Spool {

    private final Path directory;
    private final long maxBytes;
    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private long next;
    private long bytes;
    volatile boolean broken;
    /** What an offer does while it is broken, before it refuses. */
    volatile Runnable whenBroken = () -> {};

    final AtomicInteger offers = new AtomicInteger();

    FileSpool(Path directory, long maxBytes) {
        this.directory = directory;
        this.maxBytes = maxBytes;
        try (var files = Files.list(directory)) {
            files.sorted().forEach(file -> {
                String[] parts = file.getFileName().toString().split("-");
                Entry entry =
                        new Entry(Long.parseLong(parts[0]), Signal.valueOf(parts[1]), Integer.parseInt(parts[2]), file);
                entries.put(entry.number, entry);
                bytes += size(file);
                next = entry.number + 1;
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public synchronized boolean offer(Signal signal, int records, ByteBuffer body) {
        offers.incrementAndGet();
        if (broken) {
            whenBroken.run();
            return false;
        }
        if (bytes + body.remaining() > maxBytes) {
            return false;
        }
        byte[] copy = new byte[body.remaining()];
        body.duplicate().get(copy);
        Path file = directory.resolve("%020d-%s-%d".formatted(next, signal, records));
        try {
            Files.write(file, copy);
        } catch (IOException e) {
            return false;
        }
        entries.put(next, new Entry(next, signal, records, file));
        next++;
        bytes += copy.length;
        return true;
    }

    @Override
    public synchronized EncodedBatch poll(Signal signal) {
        for (Entry entry : entries.values()) {
            if (entry.signal == signal && !entry.given) {
                entry.given = true;
                return new Stored(entry);
            }
        }
        return null;
    }

    @Override
    public synchronized long records(Signal signal) {
        return entries.values().stream()
                .filter(entry -> entry.signal == signal)
                .mapToLong(entry -> entry.records)
                .sum();
    }

    @Override
    public synchronized long bytes() {
        return bytes;
    }

    /** Lets go of the oldest batch, as a bound on age would, and counts it. */
    synchronized int expireOldest(Ledger ledger) {
        Entry oldest = entries.values().stream()
                .filter(entry -> !entry.given)
                .findFirst()
                .orElseThrow();
        remove(oldest);
        ledger.of(oldest.signal).dropped(DropReason.AGED, oldest.records);
        return oldest.records;
    }

    private synchronized void remove(Entry entry) {
        if (entries.remove(entry.number) != null) {
            bytes -= size(entry.file);
            try {
                Files.delete(entry.file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {}

    private static final class Entry {
        final long number;
        final Signal signal;
        final int records;
        final Path file;
        boolean given;

        Entry(long number, Signal signal, int records, Path file) {
            this.number = number;
            this.signal = signal;
            this.records = records;
            this.file = file;
        }
    }

    private final class Stored implements EncodedBatch {
        private final Entry entry;
        private final byte[] body;

        Stored(Entry entry) {
            this.entry = entry;
            try {
                this.body = Files.readAllBytes(entry.file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public Signal signal() {
            return entry.signal;
        }

        @Override
        public int records() {
            return entry.records;
        }

        @Override
        public int bytes() {
            return body.length;
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of(ByteBuffer.wrap(body));
        }

        @Override
        public void ack() {
            remove(entry);
        }

        @Override
        public void nack() {
            synchronized (FileSpool.this) {
                entry.given = false;
            }
        }
    }
}
