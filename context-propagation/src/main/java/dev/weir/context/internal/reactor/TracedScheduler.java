// SPDX-License-Identifier: Apache-2.0
package dev.weir.context.internal.reactor;

import dev.weir.context.internal.Slot;
import dev.weir.context.internal.TracedCalls;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler of another library, whose tasks take the trace along: it need not ask Reactor's hook, as Reactor's own do. Where it
 * does, the task is wrapped twice, which changes nothing.
 */
final class TracedScheduler implements Scheduler {

    /** Whose code schedules, by the class of the scheduler. */
    private enum Owner {
        REACTOR,
        /** Reactor shares this one; it is around another one, which may be another library's: that of virtual time in a test. */
        SHELL,
        OURS,
        OTHER_LIBRARY;

        private static final Owner[] ALL = values();

        /** By ordinal: a class of Reactor must not lead to one of ours. */
        private static final ClassValue<Integer> CLASSES = new ClassValue<>() {
            @Override
            protected Integer computeValue(Class<?> type) {
                return compute(type).ordinal();
            }
        };

        static Owner of(Object scheduler) {
            return ALL[CLASSES.get(scheduler.getClass())];
        }

        private static Owner compute(Class<?> type) {
            if (type == TracedScheduler.class) {
                return OURS;
            }
            if (!type.getName().startsWith("reactor.core.scheduler.")) {
                return OTHER_LIBRARY;
            }
            return Supplier.class.isAssignableFrom(type) ? SHELL : REACTOR;
        }
    }

    private final Scheduler scheduler;

    private TracedScheduler(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    static Scheduler of(Scheduler scheduler) {
        return asksReactorsHook(scheduler) ? scheduler : new TracedScheduler(scheduler);
    }

    /** Whether the tasks of {@code scheduler} take the trace along already. */
    static boolean asksReactorsHook(Scheduler scheduler) {
        return switch (Owner.of(scheduler)) {
            case REACTOR, OURS -> true;
            case SHELL ->
                !(((Supplier<?>) scheduler).get() instanceof Scheduler inside) || Owner.of(inside) == Owner.REACTOR;
            case OTHER_LIBRARY -> false;
        };
    }

    private static Runnable traced(Runnable task) {
        return new TracedCalls.Task(Slot.current(), task);
    }

    @Override
    public Disposable schedule(Runnable task) {
        return scheduler.schedule(traced(task));
    }

    @Override
    public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
        return scheduler.schedule(traced(task), delay, unit);
    }

    @Override
    public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
        return scheduler.schedulePeriodically(traced(task), initialDelay, period, unit);
    }

    @Override
    public long now(TimeUnit unit) {
        return scheduler.now(unit);
    }

    @Override
    public Worker createWorker() {
        return new TracedWorker(scheduler.createWorker());
    }

    @Override
    public boolean isDisposed() {
        return scheduler.isDisposed();
    }

    @Override
    public void dispose() {
        scheduler.dispose();
    }

    @Override
    public void init() {
        scheduler.init();
    }

    @Override
    public String toString() {
        return scheduler.toString();
    }

    private static final class TracedWorker implements Worker {

        private final Worker worker;

        TracedWorker(Worker worker) {
            this.worker = worker;
        }

        @Override
        public Disposable schedule(Runnable task) {
            return worker.schedule(traced(task));
        }

        @Override
        public Disposable schedule(Runnable task, long delay, TimeUnit unit) {
            return worker.schedule(traced(task), delay, unit);
        }

        @Override
        public Disposable schedulePeriodically(Runnable task, long initialDelay, long period, TimeUnit unit) {
            return worker.schedulePeriodically(traced(task), initialDelay, period, unit);
        }

        @Override
        public boolean isDisposed() {
            return worker.isDisposed();
        }

        @Override
        public void dispose() {
            worker.dispose();
        }

        @Override
        public String toString() {
            return worker.toString();
        }
    }
}
