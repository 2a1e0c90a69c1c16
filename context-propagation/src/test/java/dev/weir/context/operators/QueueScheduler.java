// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.operators;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Keeps tasks until the test runs them: no thread, no real time. For one thread at a time.
 */
final class QueueScheduler implements Scheduler {

    /** In place of Reactor's own schedulers, and given to operators that take one; asks the hook, as Reactor's do. */
    static final QueueScheduler HOOKED = new QueueScheduler(true);

    /** A Scheduler of one's own that knows nothing of Reactor's hook. */
    static final QueueScheduler UNHOOKED = new QueueScheduler(false);

    private static final int MOST_TASKS = 200;

    private final boolean hooked;
    private final List<Entry> entries = new ArrayList<>();
    private long now;
    private long order;

    private QueueScheduler(boolean hooked) {
        this.hooked = hooked;
    }

    private record Entry(long due, long order, Runnable task, Disposable handle, long period) {}

    /** Makes Reactor's own schedulers this one, for good. */
    static void replaceReactors() {
        Schedulers.setFactory(new Schedulers.Factory() {
            @Override
            public Scheduler newParallel(int parallelism, ThreadFactory threads) {
                return HOOKED;
            }

            @Override
            public Scheduler newSingle(ThreadFactory threads) {
                return HOOKED;
            }

            @Override
            public Scheduler newBoundedElastic(int threads, int tasks, ThreadFactory factory, int ttl) {
                return HOOKED;
            }

            @Override
            public Scheduler newThreadPerTaskBoundedElastic(int threads, int tasks, ThreadFactory factory) {
                return HOOKED;
            }
        });
    }

    /** Forgets what one case has left. */
    void clear() {
        entries.clear();
    }

    /** Runs what is due within the next {@code millis}, in order, but no endless chain of tasks. */
    void run(long millis) {
        long end = now + millis;
        for (int i = 0; i < MOST_TASKS; i++) {
            Entry next = entries.stream()
                    .filter(entry -> entry.due <= end)
                    .min(Comparator.comparingLong(Entry::due).thenComparingLong(Entry::order))
                    .orElse(null);
            if (next == null) {
                break;
            }
            entries.remove(next);
            now = Math.max(now, next.due);
            if (next.handle.isDisposed()) {
                continue;
            }
            if (next.period > 0) {
                entries.add(new Entry(next.due + next.period, order++, next.task, next.handle, next.period));
            }
            next.task.run();
        }
        now = end;
    }

    private Disposable add(Runnable task, long delay, long period) {
        Disposable handle = Disposables.single();
        entries.add(new Entry(now + delay, order++, hooked ? Schedulers.onSchedule(task) : task, handle, period));
        return handle;
    }

    @Override
    public Disposable schedule(Runnable task) {
        return add(task, 0, 0);
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return add(task, Math.max(0, unit.toMillis(delay)), 0);
    }

    @Override
    public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
        return add(task, unit.toMillis(initialDelay), Math.max(1, unit.toMillis(period)));
    }

    @Override
    public long now(TimeUnit unit) {
        return unit.convert(now, TimeUnit.MILLISECONDS);
    }

    @Override
    public Worker createWorker() {
        return new QueueWorker();
    }

    @Override
    public void dispose() {
        // Reactor disposes of what its factory made when another factory comes; this one goes on.
    }

    private final class QueueWorker implements Worker {

        private final Disposable.Composite tasks = Disposables.composite();

        private Disposable tracked(Disposable task) {
            if (!tasks.add(task)) {
                throw new RejectedExecutionException("the worker is disposed");
            }
            return task;
        }

        @Override
        public Disposable schedule(Runnable task) {
            return tracked(add(task, 0, 0));
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            return tracked(QueueScheduler.this.schedule(task, delay, unit));
        }

        @Override
        public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
            return tracked(QueueScheduler.this.schedulePeriodically(task, initialDelay, period, unit));
        }

        @Override
        public void dispose() {
            tasks.dispose();
        }

        @Override
        public boolean isDisposed() {
            return tasks.isDisposed();
        }
    }
}
