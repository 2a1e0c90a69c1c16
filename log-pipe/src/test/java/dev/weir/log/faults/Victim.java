// SPDX-License-Identifier: Apache-2.0
package dev.weir.log.faults;

import dev.weir.core.DropReason;
import dev.weir.core.TelemetryRuntime;
import dev.weir.log.Bytes;
import dev.weir.log.LogPipe;
import dev.weir.log.StoreKind;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/** A process that logs until it is killed; {@link Notes} has what its pipe accepted and what its subscriber got. */
public final class Victim {

    private static final long PAUSE_NANOS = 20_000;

    private Victim() {}

    static LogPipe open(Path directory, StoreKind store, TelemetryRuntime runtime) {
        return LogPipe.builder(directory)
                .runtime(runtime)
                .store(store)
                .segmentBytes(1 << 20)
                .maxBytes(512 << 20)
                .minFreeBytes(0)
                .build();
    }

    /** Directory of the pipe, directory of the notes, store, whether it delivers, {@link When}, number of the run. */
    public static void main(String[] arguments) {
        Notes notes = new Notes(Path.of(arguments[1]));
        When when = When.valueOf(arguments[4]);
        int run = Integer.parseInt(arguments[5]);
        if (when == When.STARTING) {
            notes.reached(run);
        }
        LogPipe pipe = open(Path.of(arguments[0]), StoreKind.valueOf(arguments[2]), TelemetryRuntime.create());
        if (Boolean.parseBoolean(arguments[3])) {
            pipe.batches().subscribe(batch -> {
                forEach(Bytes.of(batch.body()), notes::delivered);
                batch.ack();
            });
        }
        if (when == When.OPEN) {
            logOnceOpen(pipe, notes, run);
        } else {
            log(pipe, notes, run);
            pipe.flush().subscribe();
        }
        if (when != When.STARTING) {
            notes.reached(run);
        }
        watch(pipe, notes, run);
    }

    private static void logOnceOpen(LogPipe pipe, Notes notes, int run) {
        pipe.flush().block();
        log(pipe, notes, run);
        while (notes.accepted(Notes.thread(run, 0)) == 0) {
            Thread.onSpinWait();
        }
        pipe.flush().block();
    }

    private static void watch(LogPipe pipe, Notes notes, int run) {
        while (true) {
            notes.damaged(
                    run,
                    pipe.stats().damaged()
                            + pipe.dropped(DropReason.CORRUPTED, Severity.ERROR)
                            + pipe.dropped(DropReason.CORRUPTED, Severity.UNDEFINED_SEVERITY_NUMBER));
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static void log(LogPipe pipe, Notes notes, int run) {
        for (int number = 0; number < Notes.THREADS; number++) {
            int thread = Notes.thread(run, number);
            new Thread(() -> logOn(thread, pipe, notes)).start();
        }
    }

    private static void logOn(int thread, LogPipe pipe, Notes notes) {
        int accepted = 0;
        for (int n = 0; accepted < Notes.MAX; n++) {
            String body = "#" + thread + ":" + accepted + "#" + "x".repeat(n % 300);
            if (pipe.offer(Severity.ERROR, "scope" + n % 5, body)) {
                accepted++;
                notes.accepted(thread, accepted);
            }
            long until = System.nanoTime() + PAUSE_NANOS;
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
        }
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
        return Notes.id(Integer.parseInt(parts[1]), number);
    }
}
