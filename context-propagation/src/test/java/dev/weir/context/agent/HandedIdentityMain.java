// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.context.TracePropagation;
import dev.weir.context.Traces;
import io.opentelemetry.context.Scope;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Prints {@code right} when woven executors treat the tasks of an application as those that are not woven do. */
public final class HandedIdentityMain {

    private HandedIdentityMain() {}

    public static void main(String[] args) throws Exception {
        Weaver.weave(true);
        try (TracePropagation propagation = TracePropagation.enable();
                Scope scope = Traces.trace(1).makeCurrent()) {
            futuresKeepTheirIdentity();
            taskIsFoundAgain();
            comparableTasksStayComparable();
            periodicTaskKeepsItsTrace();
            workersThatARequestStarted_haveNoTrace();
            taskThatTheCallerRuns_hasItsOwnTrace();
            taskOfTwoKinds_staysWhatThePlaceTakes();
            threadOfAFramework_hasNoTrace();
        }
        System.out.println("right");
        System.exit(0);
    }

    private static void futuresKeepTheirIdentity() throws Exception {
        ThreadPoolExecutor pool = busy();
        FutureTask<Long> future = new FutureTask<>(Traces::current);
        pool.execute(future);
        assertThat(pool.getQueue()).containsExactly(future);
        assertThat(pool.remove(future)).isTrue();
        assertThat(pool.shutdownNow()).isEmpty();
        ForkJoinTask<Long> task = ForkJoinTask.adapt((Callable<Long>) Traces::current);
        assertThat(ForkJoinPool.commonPool().submit(task)).isSameAs(task);
        assertThat(task.get()).isEqualTo(1);
    }

    private static void taskIsFoundAgain() {
        ThreadPoolExecutor pool = busy();
        Runnable task = () -> {};
        pool.execute(task);
        assertThat(pool.remove(() -> {})).isFalse();
        assertThat(pool.remove(task)).isTrue();
        assertThat(pool.getQueue()).isEmpty();
        pool.shutdownNow();
    }

    private static ThreadPoolExecutor busy() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
        CountDownLatch begun = new CountDownLatch(1);
        pool.execute(() -> {
            begun.countDown();
            new CompletableFuture<>().join();
        });
        return pool;
    }

    private record Job(int order, CountDownLatch ran) implements Runnable, Comparable<Job> {

        @Override
        public void run() {
            ran.countDown();
        }

        @Override
        public int compareTo(Job other) {
            return Integer.compare(order, other.order);
        }
    }

    private static void comparableTasksStayComparable() throws Exception {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.MINUTES, new PriorityBlockingQueue<>());
        CountDownLatch ran = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            pool.execute(new Job(i, ran));
        }
        assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        pool.shutdownNow();
    }

    private static void periodicTaskKeepsItsTrace() throws Exception {
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(1);
        AtomicLong foreign = new AtomicLong();
        CountDownLatch runs = new CountDownLatch(5);
        ScheduledFuture<?> periodic = pool.scheduleWithFixedDelay(
                () -> {
                    foreign.addAndGet(Traces.current() == 1 ? 0 : 1);
                    runs.countDown();
                },
                0,
                1,
                TimeUnit.MILLISECONDS);
        assertThat(runs.await(10, TimeUnit.SECONDS)).isTrue();
        periodic.cancel(false);
        assertThat(foreign).hasValue(0);
        pool.shutdownNow();
    }

    private static void workersThatARequestStarted_haveNoTrace() throws Exception {
        // A worker is made while a task of trace 1 is handed over; a factory may wrap it, too.
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1, 1, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), worker -> new Thread(() -> worker.run()));
        assertThat(pool.submit(Traces::current).get()).isEqualTo(1);
        Callable<Long> seen = Traces::current;
        AtomicLong later = new AtomicLong(-1);
        Thread background = new Thread(() -> {
            try (Scope none = io.opentelemetry.context.Context.root().makeCurrent()) {
                later.set(pool.submit(seen).get());
            } catch (Exception e) {
                later.set(-2);
            }
        });
        background.start();
        background.join();
        assertThat(later).hasValue(0);
        pool.shutdownNow();
    }

    private static void taskThatTheCallerRuns_hasItsOwnTrace() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1, 1, 1, TimeUnit.MINUTES, new SynchronousQueue<>(), new ThreadPoolExecutor.CallerRunsPolicy());
        pool.execute(() -> new CompletableFuture<>().join());
        AtomicLong seen = new AtomicLong(-1);
        CompletableFuture<Void> stage;
        CompletableFuture<Void> start = new CompletableFuture<>();
        try (Scope none = io.opentelemetry.context.Context.root().makeCurrent()) {
            stage = start.thenRunAsync(() -> seen.set(Traces.current()), pool);
        }
        start.complete(null);
        stage.join();
        assertThat(seen).hasValue(0);
        pool.shutdownNow();
    }

    private static final class Both implements Runnable, Callable<Long> {

        private volatile long seen = -1;

        @Override
        public void run() {
            seen = Traces.current();
        }

        @Override
        public Long call() {
            return Traces.current();
        }
    }

    private static void taskOfTwoKinds_staysWhatThePlaceTakes() throws Exception {
        var pool = Executors.newSingleThreadExecutor();
        Both both = new Both();
        assertThat(pool.submit((Callable<Long>) both).get()).isEqualTo(1);
        pool.submit((Runnable) both).get();
        assertThat(both.seen).isEqualTo(1);
        pool.shutdownNow();
    }

    private static final class FrameworkThread extends Thread {

        FrameworkThread(Runnable body) {
            super(body);
        }
    }

    private static void threadOfAFramework_hasNoTrace() throws Exception {
        AtomicLong seen = new AtomicLong(-1);
        Thread thread = new FrameworkThread(() -> seen.set(Traces.current()));
        thread.start();
        thread.join();
        assertThat(seen).hasValue(0);
    }
}
