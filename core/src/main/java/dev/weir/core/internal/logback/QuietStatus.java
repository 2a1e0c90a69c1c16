// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal.logback;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.status.Status;
import ch.qos.logback.core.status.StatusListener;
import ch.qos.logback.core.status.StatusManager;
import java.util.List;
import org.slf4j.spi.MDCAdapter;

/**
 * Logback warns of each MDC adapter that takes the place of another, and shows it on the console of most applications. This
 * stands before the status manager for the one call and hands on whatever others say meanwhile.
 */
final class QuietStatus implements StatusManager {

    private final StatusManager manager;
    private final Thread setting = Thread.currentThread();

    private QuietStatus(StatusManager manager) {
        this.manager = manager;
    }

    static void setMdcAdapter(LoggerContext context, MDCAdapter adapter) {
        StatusManager manager = context.getStatusManager();
        QuietStatus quiet = new QuietStatus(manager);
        context.setStatusManager(quiet);
        try {
            context.setMDCAdapter(adapter);
        } finally {
            if (context.getStatusManager() == quiet) {
                context.setStatusManager(manager);
            }
        }
    }

    @Override
    public void add(Status status) {
        if (Thread.currentThread() != setting) {
            manager.add(status);
        }
    }

    @Override
    public List<Status> getCopyOfStatusList() {
        return manager.getCopyOfStatusList();
    }

    @Override
    public int getCount() {
        return manager.getCount();
    }

    @Override
    public boolean add(StatusListener listener) {
        return manager.add(listener);
    }

    @Override
    public void remove(StatusListener listener) {
        manager.remove(listener);
    }

    @Override
    public void clear() {
        manager.clear();
    }

    @Override
    public List<StatusListener> getCopyOfStatusListenerList() {
        return manager.getCopyOfStatusListenerList();
    }
}
