// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal.logback;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import dev.weir.core.Registration;
import dev.weir.core.internal.ThrottledLog;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.spi.MDCAdapter;

/**
 * Shows fields of the telemetry together with the MDC of the application, looked up when an event is asked for its MDC and not
 * before. For the modules of Weir: {@link #install}. A context of Logback has at most one, whatever number of modules and Weirs
 * use it; the application's own MDC stays as it is. Thread-safe.
 *
 * <p>One of another class loader is left in its place: these fields are shown when that one has gone. What the two know of each
 * other is of the JDK's types alone, so neither keeps the other's class loader.
 */
public final class MdcOverlay extends LogbackMDCAdapter implements Supplier<@Nullable Deque<Runnable>> {

    private static final Object LOCK = new Object();

    private final LoggerContext context;
    private final MDCAdapter application;

    /** The last one is shown; those that know ids alone stand first. */
    private final List<MdcFields> users = new CopyOnWriteArrayList<>();

    private final Deque<Runnable> waiting = new ConcurrentLinkedDeque<>();

    /** Null when it is not used any more and another adapter is over it. */
    private volatile @Nullable MdcFields shown;

    private MdcOverlay(LoggerContext context, MDCAdapter application) {
        this.context = context;
        this.application = application;
    }

    /**
     * Shows {@code fields} in the events of {@code context} until the registration is closed. Of several the one that was
     * installed last is shown, {@link MdcFields#IDS} only where there is no other.
     *
     * @return {@link Registration#NONE} when the context has no MDC
     */
    public static Registration install(LoggerContext context, MdcFields fields) {
        if (context.getMDCAdapter() == null) {
            return Registration.NONE;
        }
        MdcUse use = new MdcUse(context, fields);
        use.run();
        return use;
    }

    /**
     * Uses the overlay of {@code context}, or a new one.
     *
     * @param turn runs when one of another class loader, which stands there now, has gone
     * @return what ends it
     */
    static Runnable use(LoggerContext context, MdcFields fields, Runnable turn) {
        synchronized (LOCK) {
            MDCAdapter now = context.getMDCAdapter();
            Deque<Runnable> ofAnotherLoader = waitersOf(now);
            if (ofAnotherLoader != null) {
                ofAnotherLoader.add(turn);
                return () -> ofAnotherLoader.remove(turn);
            }
            MdcOverlay overlay = now instanceof MdcOverlay ours ? ours : new MdcOverlay(context, now);
            overlay.add(fields);
            if (overlay != now) {
                QuietStatus.setMdcAdapter(context, overlay);
            }
            return () -> overlay.remove(fields);
        }
    }

    /** Of an overlay that is in use and not of this class; null when {@code adapter} is none. */
    @SuppressWarnings("unchecked") // the name of the class says it
    private static @Nullable Deque<Runnable> waitersOf(MDCAdapter adapter) {
        return !(adapter instanceof MdcOverlay)
                        && adapter.getClass().getName().equals(MdcOverlay.class.getName())
                        && adapter instanceof Supplier<?> other
                        && other.get() instanceof Deque<?> waiters
                ? (Deque<Runnable>) waiters
                : null;
    }

    private void add(MdcFields fields) {
        users.add(fields == MdcFields.IDS ? 0 : users.size(), fields);
        shown = users.get(users.size() - 1);
    }

    private void remove(MdcFields fields) {
        synchronized (LOCK) {
            users.remove(fields);
            shown = users.isEmpty() ? null : users.get(users.size() - 1);
            if (shown != null) {
                return;
            }
            if (context.getMDCAdapter() == this) {
                QuietStatus.setMdcAdapter(context, application);
            }
        }
        for (Runnable turn = waiting.poll(); turn != null; turn = waiting.poll()) {
            take(turn);
        }
    }

    /** Code of another class loader, and maybe of another version: its failure must not keep the others from their turn. */
    private static void take(Runnable turn) {
        try {
            turn.run();
        } catch (Throwable failure) {
            ThrottledLog.of("weir.core", System::nanoTime)
                    .warn("another Weir cannot show its fields in log lines", failure);
        }
    }

    /** What waits for the end of this overlay; null after the end. Read by an overlay of another class loader. */
    @Override
    public @Nullable Deque<Runnable> get() {
        return shown == null ? null : waiting;
    }

    /** What an event takes; not a copy, as Logback's own. */
    @Override
    public @Nullable Map<String, String> getPropertyMap() {
        Map<String, String> own = application instanceof LogbackMDCAdapter logback
                ? logback.getPropertyMap()
                : application.getCopyOfContextMap();
        MdcFields fields = shown;
        return fields == null ? own : fields.with(own == null ? Map.of() : own);
    }

    @Override
    public @Nullable Map<String, String> getCopyOfContextMap() {
        return getPropertyMap();
    }

    @Override
    public @Nullable Set<String> getKeys() {
        Map<String, String> all = getPropertyMap();
        return all == null ? null : all.keySet();
    }

    @Override
    public @Nullable String get(String key) {
        Map<String, String> all = shown == null ? null : getPropertyMap();
        return all == null ? application.get(key) : all.get(key);
    }

    @Override
    public void put(String key, @Nullable String value) {
        application.put(key, value);
    }

    @Override
    public void remove(String key) {
        application.remove(key);
    }

    @Override
    public void clear() {
        application.clear();
    }

    @Override
    @SuppressWarnings({"rawtypes", "unchecked"}) // the signature is Logback's
    public void setContextMap(Map contextMap) {
        application.setContextMap(contextMap);
    }

    @Override
    public void pushByKey(String key, @Nullable String value) {
        application.pushByKey(key, value);
    }

    @Override
    public @Nullable String popByKey(String key) {
        return application.popByKey(key);
    }

    @Override
    public @Nullable Deque<String> getCopyOfDequeByKey(String key) {
        return application.getCopyOfDequeByKey(key);
    }

    @Override
    public void clearDequeByKey(String key) {
        application.clearDequeByKey(key);
    }
}
