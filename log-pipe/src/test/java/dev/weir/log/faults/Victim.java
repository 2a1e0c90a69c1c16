// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.log.Bytes;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A process that logs until it is killed. What the pipe accepted and what its subscriber got is noted in a mapped file, which
 * survives the kill: for each thread the number of accepted records, then a byte for each delivered one.
 */
public final class Victim {

    static final int THREADS = 2;
    static final int MAX = 1 << 20;

    private Victim() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        StoreKind store = StoreKind.valueOf(arguments[1]);
        boolean deliver = Boolean.parseBoolean(arguments[3]);
        MappedByteBuffer notes = notes(Path.of(arguments[2]));
        LogPipe pipe = LogPipe.builder(directory)
                .store(store)
                .segmentBytes(1 << 20)
                .maxBytes(512 << 20)
                .minFreeBytes(0)
                .build();
        if (deliver) {
            pipe.batches().subscribe(batch -> {
                forEach(Bytes.of(batch.body()), id -> notes.put(delivered(id), (byte) 1));
                batch.ack();
            });
        }
        Files.writeString(directory.resolve("ready"), "ready");
        for (int t = 0; t < THREADS; t++) {
            int thread = t;
            new Thread(() -> log(pipe, notes, thread)).start();
        }
    }

    private static void log(LogPipe pipe, MappedByteBuffer notes, int thread) {
        long pause = 20_000;
        int accepted = 0;
        for (int n = 0; accepted < MAX; n++) {
            String body = "#" + thread + ":" + accepted + "#" + "x".repeat(n % 300);
            if (pipe.offer(Severity.ERROR, "scope" + n % 5, body)) {
                accepted++;
                notes.putInt(4 * thread, accepted);
            }
            long until = System.nanoTime() + pause;
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }
    }

    static MappedByteBuffer notes(Path file) throws java.io.IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, 64 + (long) THREADS * MAX);
        }
    }

    static int delivered(long id) {
        return (int) (64 + (id >>> 32) * MAX + (int) id);
    }

    /**
     * Gives the ids, thread and number, of all records in a request that the threads made.
     *
     * @return how many others there are: the pipe's own, which tell of refused ones
     */
    static int forEach(byte[] request, LongConsumer ids) {
        int own = 0;
        for (ScopeLogs scope : scopes(request)) {
            if (scope.getScope().getName().equals(LogPipe.OWN_SCOPE)) {
                own += scope.getLogRecordsCount();
            } else {
                scope.getLogRecordsList()
                        .forEach(record -> ids.accept(id(record.getBody().getStringValue())));
            }
        }
        return own;
    }

    private static List<ScopeLogs> scopes(byte[] request) {
        try {
            List<ScopeLogs> all = new ArrayList<>();
            ExportLogsServiceRequest.parseFrom(request)
                    .getResourceLogsList()
                    .forEach(resource -> all.addAll(resource.getScopeLogsList()));
            return all;
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long id(String body) {
        String[] parts = body.split("[#:]");
        int number = Integer.parseInt(parts[2]);
        if (!body.startsWith("#" + parts[1] + ":" + number + "#")) {
            throw new IllegalStateException("corrupt: " + body);
        }
        return Long.parseLong(parts[1]) << 32 | number;
    }
}
