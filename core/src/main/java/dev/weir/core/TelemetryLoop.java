// SPDX-License-Identifier: Apache-2.0
package dev.weir.core;

import dev.weir.core.internal.Daemons;
import dev.weir.core.internal.Deadline;
import dev.weir.core.internal.ThrottledLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One daemon thread that runs tasks, timers and duties of the modules. Any thread may call any method; none of them
 * blocks.
 *
 * <p>Bounds: {@value #MAX_TASKS} waiting tasks; one more is refused. A task, timer or duty that throws is counted
 * ({@link #failures}), reported through a throttled log line, and does not stop the thread.
 *
 * <p>A resting loop parks until the next timer or the shortest idle time of its duties, or until {@link #wake}.
 *
 * @since 0.1
 */
public final class TelemetryLoop implements Executor {

    /** How many tasks may wait. */
    public static final int MAX_TASKS = 65_536;

    private static final long MAX_REST_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int TASKS_PER_ROUND = 256;
    private static final long SHORTAGE_PAUSE_NANOS = Duration.ofMillis(10).toNanos();

    private final Ticker ticker;
    private final Thread thread;
    private final ThrottledLog log;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final List<Repeated> duties = new CopyOnWriteArrayList<>();
    private final LongAdder failures = new LongAdder();
    private final LongAdder refusals = new LongAdder();

    /** Owned by the thread. */
    private final PriorityQueue<Timer> timers = new PriorityQueue<>((a, b) -> Long.signum(a.dueNanos - b.dueNanos));

    /** What the end of the thread closes. Owned by the thread. */
    private final List<Registration> exits = new ArrayList<>();

    /** A round that begins after this was set is wanted. Read before it is written: most calls find it set. */
    private volatile boolean signalled;

    private volatile boolean resting;
    private volatile boolean stopping;
    private volatile boolean stopped;

    TelemetryLoop(String name, Ticker ticker) {
        this.ticker = ticker;
        this.log = ThrottledLog.of("weir.core", ticker::nanoTime);
        this.thread = Daemons.create(this::run, name);
    }

    void start() {
        Registration advance = ticker.onAdvance(this::wake);
        tasks.add(() -> exits.add(advance));
        waiting.incrementAndGet();
        thread.start();
    }

    /** Runs {@code task} soon; counted and forgotten when the loop is full or stopped. */
    @Override
    public void execute(Runnable task) {
        submit(task);
    }

    /**
     * Runs {@code task} soon, after all that were submitted before.
     *
     * @param task must be short: the other work of the loop waits for it
     * @return false when the loop is full or stopped, or memory is short; the task will not run
     */
    public boolean submit(Runnable task) {
        if (stopping || waiting.get() >= MAX_TASKS) {
            refusals.increment();
            return false;
        }
        waiting.incrementAndGet();
        try {
            tasks.add(task);
        } catch (Throwable outOfMemory) {
            waiting.decrementAndGet();
            refusals.increment();
            return false;
        }
        wake();
        return true;
    }

    /**
     * Runs {@code task} once after {@code delay}.
     *
     * @param delay negative counts as zero, more than a year as a year
     * @param task must be short: the other work of the loop waits for it
     * @return cancels the task when closed before; {@link Registration#NONE} when the loop is full or stopped, and the
     *     task will not run
     */
    public Registration schedule(Duration delay, Runnable task) {
        return schedule(
                new Timer(task, ticker.nanoTime() + Deadline.bounded(delay).toNanos(), 0));
    }

    /**
     * Runs {@code task} every {@code period}, the first time after one period, until the registration is closed. Late
     * or missed runs are not made up for.
     *
     * @param period more than zero; one of years is a year
     * @param task must be short: the other work of the loop waits for it
     * @return ends the repetition; {@link Registration#NONE} when the loop is full or stopped, and the task will not
     *     run
     * @throws IllegalArgumentException when the period is not positive
     */
    public Registration scheduleEvery(Duration period, Runnable task) {
        if (period.isZero() || period.isNegative()) {
            throw new IllegalArgumentException("period is \"" + period + "\", allowed: more than 0");
        }
        long nanos = Deadline.bounded(period).toNanos();
        return schedule(new Timer(task, ticker.nanoTime() + nanos, nanos));
    }

    private Registration schedule(Timer timer) {
        if (!inLoop()) {
            return submit(() -> timers.add(timer)) ? timer : Registration.NONE;
        }
        if (stopping) {
            refusals.increment();
            return Registration.NONE;
        }
        try {
            timers.add(timer);
            return timer;
        } catch (Throwable outOfMemory) {
            refusals.increment();
            return Registration.NONE;
        }
    }

    /**
     * Repeats {@code duty} until the registration is closed.
     *
     * @param idle how long the loop may rest when no duty found work; {@link #wake} ends a rest early. No rest is
     *     longer than 10 s
     * @param duty runs in each round of the loop
     * @return ends the repetition
     */
    public Registration addDuty(Duration idle, Duty duty) {
        Repeated repeated =
                new Repeated(duty, Math.max(1, Deadline.bounded(idle).toNanos()));
        duties.add(repeated);
        wake();
        // Not by equals: the JDK keeps the class of records that were compared, and so the class loader of Weir.
        return () -> duties.removeIf(each -> each == repeated);
    }

    /** Has one more round begin soon; ends a rest. Costs a volatile read, and a write once a round. */
    public void wake() {
        if (!signalled) {
            signalled = true;
            if (resting) {
                LockSupport.unpark(thread);
            }
        }
    }

    /** {@return whether the caller is this loop's thread} */
    public boolean inLoop() {
        return Thread.currentThread() == thread;
    }

    /** {@return how many times a task, timer or duty threw, plus the rounds in which the thread was interrupted} */
    public long failures() {
        return failures.sum();
    }

    /** {@return how many tasks and timers were refused because the loop was full or stopped, or memory was short} */
    public long refusals() {
        return refusals.sum();
    }

    /** {@return whether the loop has ended; it runs nothing any more} */
    public boolean isStopped() {
        return stopped;
    }

    /** Lets the thread end after the tasks that wait now. */
    void stop() {
        submit(() -> stopping = true);
        wake();
    }

    /** Waits for the end; only for threads that may block. */
    boolean join(Duration timeout) {
        if (inLoop()) {
            return false;
        }
        return Deadline.in(timeout).await(nanos -> {
            TimeUnit.NANOSECONDS.timedJoin(thread, Math.max(1, nanos));
            return !thread.isAlive();
        });
    }

    private void run() {
        while (!(stopping && tasks.isEmpty())) {
            try {
                round();
            } catch (OutOfMemoryError e) {
                // Others may have given memory back after a while; the thread is needed then.
                LockSupport.parkNanos(this, SHORTAGE_PAUSE_NANOS);
            }
        }
        stopped = true;
        exits.forEach(Registration::close);
    }

    private void round() {
        signalled = false;
        int work = runTasks() + runTimers();
        for (Repeated repeated : duties) {
            work += runDuty(repeated.duty);
        }
        if (work == 0 && !stopping) {
            rest();
        }
        if (Thread.interrupted() && !stopping) {
            failures.increment();
        }
    }

    private void rest() {
        resting = true;
        long nanos = restNanos();
        if (nanos > 0 && !signalled) {
            LockSupport.parkNanos(this, nanos);
        }
        resting = false;
    }

    /** How long nothing is due, for all duties and timers together. */
    long restNanos() {
        assert inLoop();
        long nanos = MAX_REST_NANOS;
        for (Repeated repeated : duties) {
            nanos = Math.min(nanos, restOf(repeated));
        }
        Timer next = nextTimer();
        return next == null ? nanos : Math.min(nanos, next.dueNanos - ticker.nanoTime());
    }

    /** The next one that was not cancelled: most timers are limits that were not reached, and end no rest. */
    private @Nullable Timer nextTimer() {
        Timer next;
        while ((next = timers.peek()) != null && next.task == null) {
            timers.poll();
        }
        return next;
    }

    private int runTasks() {
        int done = 0;
        for (Runnable task; done < TASKS_PER_ROUND && (task = tasks.poll()) != null; done++) {
            waiting.decrementAndGet();
            runSafely(task);
        }
        return done;
    }

    private int runTimers() {
        int done = 0;
        for (Timer timer; (timer = timers.peek()) != null && timer.dueNanos - ticker.nanoTime() <= 0; done++) {
            timers.poll();
            Runnable task = timer.task;
            if (task == null) {
                continue;
            }
            runSafely(task);
            if (timer.periodNanos > 0 && timer.task != null) {
                timer.dueNanos += timer.periodNanos;
                long now = ticker.nanoTime();
                if (now - timer.dueNanos >= timer.periodNanos) {
                    timer.dueNanos = now + timer.periodNanos;
                }
                timers.add(timer);
            }
        }
        return done;
    }

    private void runSafely(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) {
            failed(task, failure);
        }
    }

    private int runDuty(Duty duty) {
        try {
            return duty.doWork();
        } catch (Throwable failure) {
            failed(duty, failure);
            return 0;
        }
    }

    private long restOf(Repeated repeated) {
        try {
            return Math.max(1, repeated.duty.restNanos(repeated.idleNanos));
        } catch (Throwable failure) {
            failed(repeated.duty, failure);
            return repeated.idleNanos;
        }
    }

    private void failed(Object what, Throwable failure) {
        try {
            failures.increment();
            log.warn(
                    "a task of the telemetry failed and was skipped: "
                            + what.getClass().getName(),
                    failure);
        } catch (OutOfMemoryError e) {
            // There is no memory to say so.
        }
    }

    @Override
    public String toString() {
        return thread.getName();
    }

    private record Repeated(Duty duty, long idleNanos) {}

    private static final class Timer implements Registration {

        volatile @Nullable Runnable task;
        long dueNanos;
        final long periodNanos;

        Timer(Runnable task, long dueNanos, long periodNanos) {
            this.task = task;
            this.dueNanos = dueNanos;
            this.periodNanos = periodNanos;
        }

        @Override
        public void close() {
            task = null;
        }
    }
}
