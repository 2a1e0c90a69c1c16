// SPDX-License-Identifier: Apache-2.0
package dev.weir.jmh.http;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * What a process has used: CPU of all of it, the time in its compiler, and what each of its Java threads used. The thread that answers
 * the questions is left out.
 */
record Used(long cpuNanos, long compileMillis, Map<Long, OfThread> threads) {

    /** What one thread has used. */
    record OfThread(String name, long cpuNanos, long bytes) {

        /** As one line after the word {@code thread}. */
        String line(long id) {
            return id + " " + cpuNanos + ' ' + bytes + ' ' + name;
        }
    }

    /** Reads what {@link MacroServer} writes. */
    static Used parse(Collection<String> lines) {
        long cpu = 0;
        long compile = 0;
        Map<Long, OfThread> threads = new HashMap<>();
        for (String line : lines) {
            String[] parts = line.split(" ", 5);
            switch (parts[0]) {
                case "process" -> {
                    cpu = Long.parseLong(parts[1]);
                    compile = Long.parseLong(parts[2]);
                }
                case "thread" ->
                    threads.put(
                            Long.valueOf(parts[1]),
                            new OfThread(parts[4], Long.parseLong(parts[2]), Long.parseLong(parts[3])));
                default -> {}
            }
        }
        return new Used(cpu, compile, threads);
    }

    Used minus(Used earlier) {
        Map<Long, OfThread> between = new HashMap<>();
        threads.forEach((id, now) -> {
            OfThread before = earlier.threads.getOrDefault(id, new OfThread(now.name, 0, 0));
            between.put(id, new OfThread(now.name, now.cpuNanos - before.cpuNanos, now.bytes - before.bytes));
        });
        return new Used(cpuNanos - earlier.cpuNanos, compileMillis - earlier.compileMillis, between);
    }

    /** CPU of the event loops that the application's servers and clients share. */
    long loopNanos() {
        return threads.values().stream()
                .filter(thread -> isLoop(thread.name))
                .mapToLong(OfThread::cpuNanos)
                .sum();
    }

    /** CPU of all other Java threads. */
    long otherNanos() {
        return javaNanos() - loopNanos();
    }

    /** CPU of all Java threads: without the compiler and the collector. */
    long javaNanos() {
        return threads.values().stream().mapToLong(OfThread::cpuNanos).sum();
    }

    long bytes() {
        return threads.values().stream().mapToLong(OfThread::bytes).sum();
    }

    static boolean isLoop(String thread) {
        return thread.startsWith(MacroServer.LOOPS);
    }
}
